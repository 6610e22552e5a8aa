import type { Clock } from '../clock.ts'
import type { EntrySigner } from './entry/entry-signer.ts'
import type { Events } from './events.ts'
import type { DependencyTracker } from './fragment/dependencies.ts'
import type { ResolvedOptions } from './options/cache-options.ts'
import type { RefreshRegistry } from './page/refresh-registry.ts'
import type { Claims } from './single-flight/claims.ts'
import type { Flights } from './single-flight/flights.ts'
import type { StoreAccess } from './store-access/store-access.ts'
import type { Clears } from './tags/clears.ts'
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
  readonly store: StoreAccess
  readonly clears: Clears
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
