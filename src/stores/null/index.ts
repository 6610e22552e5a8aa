import { processClock } from '../../clock.ts'
import { ClosedError } from '../../errors.ts'
import { makeStamp, type StampWrite, type Store, type StoreCapabilities } from '../store.ts'

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
  return new NullStore()
}

class NullStore implements Store {
  readonly capabilities: StoreCapabilities = { shared: false, conditional: false, ttlPrecision: 1 }
  readonly #epoch = processClock.wall() - processClock.now()
  #closed = false

  async getMany(keys: readonly unknown[]): Promise<null[]> {
    this.#open()
    return keys.map(() => null)
  }

  /** Returns the stamps that another store would have written. */
  async stampMany(stamps: readonly StampWrite[]): Promise<Buffer[]> {
    const now = await this.clock()
    return stamps.map(({ kind }) => makeStamp(now, kind))
  }

  async setMany(entries: readonly unknown[]): Promise<boolean[]> {
    this.#open()
    return entries.map(() => false)
  }

  async touchMany(items: readonly unknown[]): Promise<boolean[]> {
    return this.setMany(items)
  }

  async deleteMany(): Promise<number> {
    this.#open()
    return 0
  }

  async *keys(): AsyncIterable<string> {
    this.#open()
    yield* []
  }

  async clear(): Promise<void> {
    this.#open()
  }

  async clock(): Promise<number> {
    this.#open()
    return this.#epoch + processClock.now()
  }

  async close(): Promise<void> {
    this.#closed = true
  }

  #open(): void {
    if (this.#closed) throw new ClosedError('The null store')
  }
}
