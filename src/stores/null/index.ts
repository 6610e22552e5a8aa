import { processClock } from '../../clock.ts'
import { ClosedError } from '../../errors.ts'
import { makeStamp, type Store } from '../store.ts'

/**
 * Creates a store that keeps nothing: every read is absent, so every page is rendered. For tests,
 * and to measure what caching saves.
 *
 * @example
 * ```ts
 * const cache = new FragmentCache({ store: nullStore(), ttl: '5m' })
 * ```
 */
export function nullStore(): Store {
  const epoch = processClock.wall() - processClock.now()
  const now = () => epoch + processClock.now()
  let isClosed = false
  const answer = <T>(value: T): T => {
    if (isClosed) throw new ClosedError('The null store')
    return value
  }
  return {
    capabilities: { shared: false, conditional: false, ttlPrecision: 1 },
    getMany: async (keys) => answer(keys.map(() => null)),
    setMany: async (entries) => answer(entries.map(() => false)),
    // The stamps that another store would have written.
    stampMany: async (stamps) => answer(stamps.map(({ kind }) => makeStamp(now(), kind))),
    touchMany: async (items) => answer(items.map(() => false)),
    deleteMany: async () => answer(0),
    async *keys() {
      yield* answer([])
    },
    clear: async () => answer(undefined),
    clock: async () => answer(now()),
    close: async () => {
      isClosed = true
    },
  }
}
