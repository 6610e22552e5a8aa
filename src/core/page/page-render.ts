import type { MaybePromise, Run, RunHost, TemplateEngine } from '../../engines/template-engine.ts'
import type { Fragment } from '../fragment/fragment.ts'
import type { PageNode } from '../fragment/page-node.ts'
import { FragmentLookup } from '../lookup/fragment-lookup.ts'
import { TemplateCheck } from '../lookup/template-check.ts'
import type { Bypass } from '../options/cache-options.ts'
import type { PageContext } from '../page-context.ts'
import { GivenData } from '../safety/given-data.ts'
import type { LeakCheck } from '../safety/leak-check.ts'
import type { ResponseWatch } from '../safety/response-watch.ts'
import type { Services } from '../services.ts'
import { PageFlights } from '../single-flight/page-flights.ts'
import type { EarlierFragments } from './fragment-registry.ts'
import { JoinedFlights } from './joined-flights.ts'
import type { LazyLoads } from './lazy-loads.ts'
import { PageHost } from './page-host.ts'

/** One render of a page: the state that its steps share, and the results for the write-back. */
export class PageRender {
  readonly template: string
  readonly engine: TemplateEngine
  /** Digest of all options that shape the output. */
  readonly digest: string
  readonly given: GivenData
  readonly context: PageContext
  readonly loads: LazyLoads
  readonly check: LeakCheck
  readonly services: Services
  /** When it began, in milliseconds of the process' clock. */
  readonly begun: number
  readonly host: PageHost
  readonly waves: WaveContext
  /** Undefined until the first miss. */
  joined: JoinedFlights | undefined
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

  constructor(
    template: string,
    data: object,
    engine: TemplateEngine,
    context: PageContext,
    earlier: EarlierFragments,
    loads: LazyLoads,
    watch: ResponseWatch | undefined,
    check: LeakCheck,
    services: Services,
  ) {
    this.template = template
    this.engine = engine
    // The names that are holes by themselves shape an entry, as the engine's options do.
    this.digest = [engine.digest, ...services.options.dataPolicy.perRequest].join(' ')
    this.given = new GivenData(data)
    this.context = context
    this.loads = loads
    this.check = check
    this.services = services
    this.begun = services.time.now()
    this.host = new PageHost(services, earlier, loads, context.vary, this.digest, watch)
    const templates = new TemplateCheck(engine, this.digest)
    const lookup = new FragmentLookup(templates, this.host, context, services, true)
    this.waves = new WaveContext(this.host, lookup, loads, context.bypass)
  }

  /**
   * Leaves the misses of a wave to other pages that render them already.
   * @returns the fragments that are left to this page
   */
  async leaveToOthers(wave: readonly Fragment[]): Promise<readonly Fragment[]> {
    const { context, check, services, waves } = this
    waves.flights ??= new PageFlights(context, check, services)
    this.joined ??= new JoinedFlights(waves.lookup, waves.flights)
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

/**
 * The state that the waves of one render share. A wave is a lookup, in one trip, and the renders
 * that it feeds.
 */
export class WaveContext {
  readonly host: PageHost
  readonly lookup: FragmentLookup
  readonly loads: LazyLoads
  readonly bypass: Bypass
  /** Renders shared with other pages; undefined until the first miss, and for a refresh. */
  flights: PageFlights | undefined

  constructor(host: PageHost, lookup: FragmentLookup, loads: LazyLoads, bypass: Bypass) {
    this.host = host
    this.lookup = lookup
    this.loads = loads
    this.bypass = bypass
  }
}

/** Looks up all fragments that were met, in one trip, and fills those nodes that are wanted. */
export type Fill = (
  waves: WaveContext,
  met: readonly PageNode[],
  wanted: readonly PageNode[],
) => Promise<void>
