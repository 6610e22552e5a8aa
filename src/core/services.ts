import type { Clock } from '../clock.ts'
import type { Signatures } from './entry/entry-signer.ts'
import type { Events } from './events.ts'
import type { DependencyTracker } from './fragment/dependencies.ts'
import type { ResolvedOptions } from './options/cache-options.ts'
import type { Refreshes } from './page/refresh-registry.ts'
import type { Claims } from './single-flight/claims.ts'
import type { SingleFlight } from './single-flight/flights.ts'
import type { Breaker } from './store-access/circuit-breaker.ts'
import type { Recovery } from './store-access/pending-invalidations.ts'
import type { Fetcher } from './store-access/read-batcher.ts'
import type { StoreClock } from './store-access/store-clock.ts'
import type { WriteQueue } from './store-access/write-queue.ts'
import type { Clears } from './tags/clears.ts'
import type { Creations } from './tags/create-versions.ts'
import type { CarriedTags } from './tags/tag-versions.ts'
import type { Variants } from './write-back/variant-limit.ts'
import type { WriteRetries } from './write-back/write-retries.ts'

/** What the pages of one cache have in common. */
export interface Services {
  readonly options: ResolvedOptions
  /** Of this process. */
  readonly time: Clock
  /** What all keys begin with. */
  readonly keyPrefix: string
  readonly events: Events
  readonly fetcher: Fetcher
  readonly breaker: Breaker
  readonly recovery: Recovery
  readonly writes: WriteQueue
  /** Undefined where `retryWrites` is off. */
  readonly retries: WriteRetries | undefined
  readonly creations: Creations
  readonly clears: Clears
  /** The store's, as this process sees it. */
  readonly clock: StoreClock
  readonly carriedTags: CarriedTags
  readonly dependencies: DependencyTracker
  readonly refreshes: Refreshes
  /** Undefined where `singleFlight` is off. */
  readonly flights: SingleFlight | undefined
  /** Undefined where nobody shares the store. */
  readonly claims: Claims | undefined
  readonly signatures: Signatures | undefined
  readonly variants: Variants | undefined
}
