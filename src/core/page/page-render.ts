import type { TemplateEngine } from '../../engines/template-engine.ts'
import type { Fragment } from '../fragment/fragment.ts'
import { FragmentLookup } from '../lookup/fragment-lookup.ts'
import { TemplateCheck } from '../lookup/template-check.ts'
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
import { WaveContext } from './wave-context.ts'

/** One render of a page: what its steps share, and what is left for the write-back. */
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
  readonly flights: PageFlights
  readonly waves: WaveContext
  readonly joined: JoinedFlights
  /** How often the template ran. */
  runs = 0
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
    this.flights = new PageFlights(context, check, services)
    const templates = new TemplateCheck(engine, this.digest)
    const lookup = new FragmentLookup(templates, this.host, context, services, true)
    this.waves = new WaveContext(this.host, lookup, loads, context.bypass, this.flights)
    this.joined = new JoinedFlights(lookup, this.flights)
  }
}

const NO_FRAGMENTS: readonly Fragment[] = []
