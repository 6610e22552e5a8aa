import type { PageNode } from '../fragment/page-node.ts'
import type { FragmentLookup } from '../lookup/fragment-lookup.ts'
import type { Bypass } from '../options/cache-options.ts'
import type { PageFlights } from '../single-flight/page-flights.ts'
import type { LazyLoads } from './lazy-loads.ts'
import type { PageHost } from './page-host.ts'

/**
 * What the waves of one render share. A wave is a lookup, in one trip, and the renders that it
 * feeds.
 */
export class WaveContext {
  readonly host: PageHost
  readonly lookup: FragmentLookup
  readonly loads: LazyLoads
  readonly bypass: Bypass
  /** Undefined for a refresh behind the page, which shares its renders with no other page. */
  readonly flights: PageFlights | undefined

  constructor(
    host: PageHost,
    lookup: FragmentLookup,
    loads: LazyLoads,
    bypass: Bypass,
    flights: PageFlights | undefined,
  ) {
    this.host = host
    this.lookup = lookup
    this.loads = loads
    this.bypass = bypass
    this.flights = flights
  }
}

/** Looks up all fragments that were met, in one trip, and fills those nodes that are wanted. */
export type Fill = (
  waves: WaveContext,
  met: readonly PageNode[],
  wanted: readonly PageNode[],
) => Promise<void>
