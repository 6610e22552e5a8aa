import { randomBytes } from 'node:crypto'
import { processClock } from '../../clock.ts'
import { ClosedError } from '../../errors.ts'
import {
  makeStamp,
  STAMP_RANDOM_LENGTH,
  type StampWrite,
  type Store,
  type StoreCapabilities,
  type Touch,
  type Write,
} from '../store.ts'

/** A store that keeps nothing: every read is absent, every page is rendered. For tests, and to see what caching brings. */
export function nullStore(): Store {
  return new NullStore()
}

class NullStore implements Store {
  readonly capabilities: StoreCapabilities = { shared: false, conditional: false, ttlPrecision: 1 }
  readonly #epoch = processClock.wall() - processClock.now()
  #closed = false

  async getMany(keys: readonly string[]): Promise<null[]> {
    this.#open()
    return keys.map(() => null)
  }

  /** The head that would be there. */
  async stampMany(stamps: readonly StampWrite[]): Promise<Buffer[]> {
    const now = await this.clock()
    return stamps.map(({ kind }) => makeStamp(now, randomBytes(STAMP_RANDOM_LENGTH), kind))
  }

  /** Nothing was written. */
  async setMany(entries: readonly Write[]): Promise<boolean[]> {
    this.#open()
    return entries.map(() => false)
  }

  async touchMany(items: readonly Touch[]): Promise<boolean[]> {
    this.#open()
    return items.map(() => false)
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
