import type { Clock } from '../clock.ts'
import type { EntrySigner } from './entry/entry-signer.ts'
import type { Events } from './events.ts'
import type { DependencyTracker } from './fragment/dependencies.ts'
import type { Observers } from './observe/observers.ts'
import type { ResolvedOptions } from './options/cache-options.ts'
import type { Claims } from './single-flight/claims.ts'
import type { Flights } from './single-flight/flights.ts'
import type { RefreshRegistry } from './single-flight/refresh-registry.ts'
import type { StoreAccess } from './store-access/store-access.ts'
import type { Clears } from './tags/clears.ts'
import type { KnownTags } from './tags/tag-versions.ts'
import type { Tracing } from './trace/tracing.ts'
import type { VariantLimit } from './write-back/variant-limit.ts'

/** The parts of one cache that its pages and values share. */
export interface Services {
  readonly options: ResolvedOptions
  readonly time: Clock
  /** Prefix of all keys. */
  readonly keyPrefix: string
  readonly events: Events
  readonly observers: Observers
  readonly store: StoreAccess
  readonly clears: Clears
  readonly knownTags: KnownTags
  readonly dependencies: DependencyTracker
  readonly refreshes: RefreshRegistry
  /** Undefined if `singleFlight` is off. */
  readonly flights: Flights | undefined
  /** Undefined if no other process shares the store, or `singleFlight` is off. */
  readonly claims: Claims | undefined
  readonly signer: EntrySigner | undefined
  readonly variants: VariantLimit | undefined
  readonly tracing: Tracing
}
