import { randomUUID } from 'node:crypto'
import type { FragmentCacheOptions, Store } from 'onetrip'
import { FragmentCache } from 'onetrip'
import { afterEach } from 'vitest'
import { PATIENT } from '../../helpers/patient.ts'

/**
 * Returns a function that opens caches on stores which `create` gives; each is closed after the
 * test that opened it.
 */
export function openedCaches(
  create: () => Store,
): (options?: Partial<FragmentCacheOptions>) => FragmentCache {
  const open: FragmentCache[] = []
  afterEach(() => Promise.all(open.splice(0).map((cache) => cache.close())))
  return (options = {}) => {
    const cache = new FragmentCache({
      store: create(),
      prefix: randomUUID(),
      ttl: '60s',
      ...PATIENT,
      ...options,
    })
    open.push(cache)
    return cache
  }
}
