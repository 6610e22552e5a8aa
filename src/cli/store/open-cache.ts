import { FragmentCache } from '../../core/fragment-cache.ts'
import type { Store } from '../../stores/store.ts'
import { UsageError } from '../command/usage-error.ts'
import type { CacheFlags } from './cache-options.ts'
import { exportedCache } from './exported-cache.ts'
import { existingModule, importModule } from './import-module.ts'
import { openStore, refuseMissing } from './open-store.ts'

/** Longest wait for the store, where nobody waits for a page. */
const PATIENCE = '5s'
/**
 * TTL of what an invalidation or a delete writes to keep renders under way from storing old
 * content. Longer than any page takes, since the option maxRender of the site is not known.
 */
const MAX_RENDER = '10m'

/** A cache that a command works on. */
export interface OpenedCache {
  readonly cache: FragmentCache
  readonly store: Store
  /** The begin of all its keys. */
  readonly keyPrefix: string
}

/**
 * Opens the cache that the command line names, calls a function with it, and closes it.
 * @throws UsageError, StoreError, and what the function throws
 */
export async function withCache<T>(flags: CacheFlags, use: (opened: OpenedCache) => Promise<T>): Promise<T> {
  const cache = await openCache(flags)
  const { keyPrefix, options } = cache.host.services
  try {
    // A page does without a store that is not there; a command says so.
    await options.store.clock()
    return await use({ cache, store: options.store, keyPrefix })
  } finally {
    await cache.close()
  }
}

async function openCache({ cache, store, prefix, release }: CacheFlags): Promise<FragmentCache> {
  if (cache !== undefined) {
    const file = existingModule(cache, 'your cache')
    return exportedCache(file, await importModule(file))
  }
  if (store === undefined)
    throw new UsageError(
      'Which cache? Give its store, --store redis://localhost:6379, or a module that exports it, --cache ./cache.js; or set ONETRIP_STORE.',
    )
  refuseMissing(store)
  return new FragmentCache({
    store: await openStore(store, true),
    prefix,
    release,
    timeout: PATIENCE,
    limits: { maxRender: MAX_RENDER, invalidateTimeout: PATIENCE },
  })
}
