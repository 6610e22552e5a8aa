import type { Clock } from '../clock.ts'
import type { EntrySigner } from './entry/entry-signer.ts'
import type { Events } from './events.ts'
import type { DependencyTracker } from './fragment/dependencies.ts'
import type { ResolvedOptions } from './options/cache-options.ts'
import type { RefreshRegistry } from './page/refresh-registry.ts'
import type { Claims } from './single-flight/claims.ts'
import type { Flights } from './single-flight/flights.ts'
import type { CircuitBreaker } from './store-access/circuit-breaker.ts'
import type { PendingInvalidations } from './store-access/pending-invalidations.ts'
import type { ReadBatcher } from './store-access/read-batcher.ts'
import type { StoreClock } from './store-access/store-clock.ts'
import type { WriteQueue } from './store-access/write-queue.ts'
import type { Clears } from './tags/clears.ts'
import type { Creations } from './tags/create-versions.ts'
import type { KnownTags } from './tags/tag-versions.ts'
import type { VariantLimit } from './write-back/variant-limit.ts'

/** What the pages of one cache have in common. */
export interface Services {
  readonly options: ResolvedOptions
  /** Of this process. */
  readonly time: Clock
  /** What all keys begin with. */
  readonly keyPrefix: string
  readonly events: Events
  readonly readBatcher: ReadBatcher
  readonly breaker: CircuitBreaker
  readonly pendingInvalidations: PendingInvalidations
  readonly writes: WriteQueue
  readonly creations: Creations
  readonly clears: Clears
  /** The store's, as this process sees it. */
  readonly clock: StoreClock
  readonly knownTags: KnownTags
  readonly dependencies: DependencyTracker
  readonly refreshes: RefreshRegistry
  /** Undefined where `singleFlight` is off. */
  readonly flights: Flights | undefined
  /** Undefined where nobody shares the store. */
  readonly claims: Claims | undefined
  readonly signer: EntrySigner | undefined
  readonly variants: VariantLimit | undefined
}
