import type { Clock } from '../clock.ts'
import { EntrySigner } from './entry/entry-signer.ts'
import { Events } from './events.ts'
import { DependencyTracker } from './fragment/dependencies.ts'
import { keyPrefix } from './key/fragment-key.ts'
import { Observers } from './observe/observers.ts'
import type { ResolvedOptions } from './options/cache-options.ts'
import type { Services } from './services.ts'
import { Claims } from './single-flight/claims.ts'
import { Flights } from './single-flight/flights.ts'
import { RefreshRegistry } from './single-flight/refresh-registry.ts'
import { within } from './store-access/deadline.ts'
import { StoreAccess } from './store-access/store-access.ts'
import { Clears } from './tags/clears.ts'
import { KnownTags, versionTtl } from './tags/tag-versions.ts'
import { Tracing } from './trace/tracing.ts'
import { VariantLimit } from './write-back/variant-limit.ts'

/** Creates what the pages and the values of one cache share. */
export function createServices(options: ResolvedOptions, time: Clock): Services {
  const { store, maxRender, maxVariants, variantWindow } = options
  const { shared, conditional } = store.capabilities
  const [secret, ...older] = options.secrets
  const prefix = keyPrefix(options.prefix, options.release)
  const events = new Events()
  const observers = new Observers(events, time)
  const storeOptions = { ...options, versionTtl: versionTtl(options) }
  const access = new StoreAccess(storeOptions, `${prefix}?`, events, observers, time)
  const flights = options.singleFlight === 'off' ? undefined : new Flights(maxRender, time)
  const claims =
    flights && shared && conditional ? new Claims(store, access, prefix, options, time) : undefined
  return {
    options,
    time,
    keyPrefix: prefix,
    events,
    observers,
    store: access,
    claims,
    knownTags: new KnownTags(),
    dependencies: new DependencyTracker(),
    refreshes: new RefreshRegistry(maxRender, time),
    flights,
    clears: new Clears({ store, access, time }, options, () => flights?.dropAll()),
    signer: secret === undefined ? undefined : new EntrySigner([secret, ...older]),
    tracing: new Tracing(time),
    variants: Number.isFinite(maxVariants) ? new VariantLimit(maxVariants, variantWindow, time) : undefined,
  }
}

/**
 * Waits for writes and clears that are under way, at most `closeTimeout`, and closes the store.
 * @param settled resolves when no write-back is under way
 */
export async function closeServices(services: Services, settled: Promise<void>): Promise<void> {
  const { options, time, store, claims, clears } = services
  const drained = Promise.all([settled, store.drain(), clears.settled()]).then(() => undefined)
  await within(options.closeTimeout, drained, () => undefined, time)
  claims?.close()
  await store.close()
}
