import type { MaybePromise, Run, RunHost, TemplateEngine } from '../../engines/template-engine.ts'
import type { FragmentTasks } from '../definition/fragment-tasks.ts'
import type { Fragment } from '../fragment/fragment.ts'
import type { PageNode } from '../fragment/page-node.ts'
import { FragmentLookup } from '../lookup/fragment-lookup.ts'
import { outputDigest } from '../lookup/template-check.ts'
import type { PageContext } from '../page-context.ts'
import { GivenData } from '../safety/given-data.ts'
import { LeakCheck } from '../safety/leak-check.ts'
import type { ResponseWatch } from '../safety/response-watch.ts'
import type { Services } from '../services.ts'
import { PageFlights } from '../single-flight/page-flights.ts'
import type { DeclaredFragments } from './declared-fragments.ts'
import { DefinedFragments } from './defined-fragments.ts'
import { JoinedFlights } from './joined-flights.ts'
import type { LazyLoads } from './lazy-loads.ts'
import { PageHost } from './page-host.ts'

/** State of a page that all its renders share. */
export interface RenderedPage {
  readonly services: Services
  readonly context: PageContext
  readonly loads: LazyLoads
  /** The fragments of renders that have ended, which later ones may show. */
  readonly earlier: DeclaredFragments[]
  /** Undefined if there is no response. */
  readonly watch: ResponseWatch | undefined
  /** Undefined if the cache has no queue. */
  readonly tasks: FragmentTasks | undefined
  /** Runs a function for the request of the page, whatever async context it is in. */
  inContext<T>(fn: () => T): T
}

/**
 * The state that the waves of one render, or of one refresh, share. A wave is a lookup, in one
 * trip, and the renders that it feeds.
 */
export interface Waves {
  readonly host: PageHost
  readonly lookup: FragmentLookup
  readonly loads: LazyLoads
  /** Renders shared with other pages; undefined until the first miss, and for a refresh. */
  readonly flights: PageFlights | undefined
}

/** Looks up all fragments that were met, in one trip, and fills those nodes that are wanted. */
export type Fill = (waves: Waves, met: readonly PageNode[], wanted: readonly PageNode[]) => Promise<void>

/** One render of a page: the state that its steps share, and the results for the write-back. */
export class PageRender implements Waves {
  readonly template: string
  readonly engine: TemplateEngine
  /** Digest of all options that shape the output. */
  readonly digest: string
  readonly given: GivenData
  readonly page: RenderedPage
  readonly context: PageContext
  readonly services: Services
  /** When it began, in milliseconds of the process' clock. */
  readonly begun: number
  readonly host: PageHost
  readonly lookup: FragmentLookup
  flights: PageFlights | undefined
  /** Undefined until the first miss. */
  joined: JoinedFlights | undefined
  /** When it ended; noted only for observers. */
  ended: number | undefined
  /** Number of runs of the template. */
  runs = 0
  /** Number of runs before bodies ran, because the caller had changed the data. */
  runsAgain = 0
  /** All fragments that the page shows. */
  fragments: readonly Fragment[] = NO_FRAGMENTS
  /** Misses among them, which are stored when the response is over. */
  missed: readonly Fragment[] = NO_FRAGMENTS
  /** Hits among them that are refreshed then. */
  stale: readonly Fragment[] = NO_FRAGMENTS
  readonly #data: object
  readonly #locals: object
  #check: LeakCheck | undefined
  #defined: DefinedFragments | undefined

  constructor(template: string, data: object, engine: TemplateEngine, locals: object, page: RenderedPage) {
    const { services, context } = page
    this.template = template
    this.engine = engine
    this.digest = outputDigest(engine, services.options.dataPolicy)
    this.given = new GivenData(data)
    this.page = page
    this.context = context
    this.services = services
    this.begun = services.time.now()
    this.ended = undefined
    this.host = new PageHost(page, this.digest, page.earlier, page.watch)
    this.host.render = this
    this.lookup = new FragmentLookup(engine, this.digest, this.host, context, services, true)
    this.#data = data
    this.#locals = locals
  }

  get loads(): LazyLoads {
    return this.page.loads
  }

  /** Created at its first use: in production, pages of hits need none. */
  get check(): LeakCheck {
    const { template, engine, services } = this
    this.#check ??= new LeakCheck(template, this.#data, engine, this.#locals, services.options)
    return this.#check
  }

  /** Fragments that are defined apart from the templates. Most pages have none. */
  get defined(): DefinedFragments {
    this.#defined ??= new DefinedFragments(this)
    return this.#defined
  }

  /**
   * Leaves the misses of a wave to other pages that render them already.
   * @returns the fragments that are left to this page
   */
  async leaveToOthers(wave: readonly Fragment[]): Promise<readonly Fragment[]> {
    this.flights ??= new PageFlights(this.context, this.check, this.services)
    this.joined ??= new JoinedFlights(this.lookup, this.flights)
    return this.joined.leave(wave)
  }

  get waitsForOthers(): boolean {
    return this.joined !== undefined && this.joined.size > 0
  }

  /**
   * Runs the template once more, with the data as it was, if the caller has changed that since.
   * @returns undefined if it has not changed
   */
  runAgain(host: RunHost): MaybePromise<Run> | undefined {
    const { template, engine, given } = this
    const changed = given.restore()
    given.release()
    if (!changed) return undefined
    this.runsAgain++
    return engine.run(template, given.data, host)
  }
}

const NO_FRAGMENTS: readonly Fragment[] = []
