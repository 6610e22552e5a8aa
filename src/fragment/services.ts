import type { Clock } from '../clock.ts'
import type { Breaker } from './breaker.ts'
import type { Claims } from './claims.ts'
import type { Clears } from './clears.ts'
import type { Creations } from './creations.ts'
import type { DependencyTracker } from './dependencies.ts'
import type { Events } from './events.ts'
import type { Fetcher } from './fetch.ts'
import type { ResolvedOptions } from './options.ts'
import type { Recovery } from './recovery.ts'
import type { Refreshes } from './refreshes.ts'
import type { Signatures } from './signature.ts'
import type { SingleFlight } from './single-flight.ts'
import type { StoreClock } from './store-clock.ts'
import type { CarriedTags } from './tags.ts'
import type { Variants } from './variants.ts'
import type { WriteQueue } from './write-queue.ts'
import type { WriteRetries } from './write-retries.ts'

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
