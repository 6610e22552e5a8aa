import type { Clock } from '../../clock.ts'
import {
  type Copies,
  type Copy,
  STAMP_LENGTH,
  type StampWrite,
  type Store,
  type StoreCapabilities,
  type Touch,
  type Write,
} from '../store.ts'
import { ByAge, ByReports, type Coherence } from './coherence.ts'
import { CopyCache } from './copy-cache.ts'

/**
 * A store that can be the first tier: `memoryStore`. `copies` holds the copies of the second one.
 */
export type FirstStore = Store & { readonly copies: Copies }

/** Method by which copies stay current. */
export type CoherenceMethod = 'tracking' | 'stream' | 'ttl'

/**
 * Longest time that a copy is used with `'stream'`, in ms. What is not in the log (a key that
 * expires, is evicted, or is written past this package) is noticed after it.
 */
const STREAM_MAX_AGE = 60_000

export interface TieredSettings {
  readonly coherence: CoherenceMethod
  /** In ms. */
  readonly lag: number
  readonly prefix: string
}

/**
 * A store with copies, in the memory of this process, of what was read. Writes go to the second
 * store and drop the copies, so this process sees its own writes at once.
 */
export class TieredStore implements Store {
  readonly capabilities: StoreCapabilities
  readonly keys?: NonNullable<Store['keys']>
  readonly copyReads = { hits: 0, misses: 0 }
  readonly #first: Store
  readonly #second: Store
  readonly #copies: CopyCache
  readonly #coherence: Coherence
  readonly #clock: Clock
  readonly #listeners: ((error: Error) => void)[] = []

  constructor(first: FirstStore, second: Store, { coherence, lag, prefix }: TieredSettings, clock: Clock) {
    this.capabilities = second.capabilities
    if (second.keys) this.keys = (prefix) => (second as Required<Store>).keys(prefix)
    this.#first = first
    this.#second = second
    this.#copies = new CopyCache(first.copies)
    this.#clock = clock
    const onError = (error: Error) => {
      for (const listener of this.#listeners) listener(error)
    }
    const { follow, followLog } = second as Required<Store>
    switch (coherence) {
      case 'ttl':
        this.#coherence = new ByAge(lag)
        break
      case 'tracking':
        this.#coherence = new ByReports(follow.bind(second), this.#copies, {
          lag,
          prefix,
          maxAge: Number.POSITIVE_INFINITY,
          onError,
        })
        break
      case 'stream':
        this.#coherence = new ByReports(followLog.bind(second), this.#copies, {
          lag,
          prefix,
          maxAge: STREAM_MAX_AGE,
          onError,
        })
    }
  }

  onError(listener: (error: Error) => void): void {
    this.#listeners.push(listener)
    this.#second.onError?.(listener)
  }

  getCopies(keys: readonly string[]): Copy[] | undefined {
    const now = this.#clock.now()
    if (!this.#coherence.isTrusted(now)) return undefined
    const found: Copy[] = new Array(keys.length)
    for (let n = 0; n < keys.length; n++) {
      const value = this.#copies.get(keys[n] as string, now)
      if (value === undefined) return undefined
      found[n] = value
    }
    this.copyReads.hits += found.length
    return found
  }

  /**
   * Reads bare stamps (versions) again if there is a trip: they cost little and decide the rest.
   */
  async getMany(keys: readonly string[]): Promise<(Buffer | null | Error)[]> {
    const now = this.#clock.now()
    if (!this.#coherence.isTrusted(now)) return this.#read(keys, now)
    const found: (Buffer | null | Error)[] = new Array(keys.length)
    const missing: number[] = []
    for (let n = 0; n < keys.length; n++) {
      const value = this.#copies.get(keys[n] as string, now)?.bytes
      if (value !== undefined && value.length > STAMP_LENGTH) found[n] = value
      else missing.push(n)
    }
    if (missing.length === keys.length) return this.#read(keys, now)
    this.copyReads.hits += keys.length - missing.length
    if (missing.length === 0) return found
    const read = await this.#read(
      missing.map((n) => keys[n] as string),
      now,
    )
    missing.forEach((n, i) => {
      found[n] = read[i] as (typeof read)[number]
    })
    return found
  }

  async #read(keys: readonly string[], now: number): Promise<(Buffer | null | Error)[]> {
    this.copyReads.misses += keys.length
    if (!this.#coherence.canCopy) return this.#second.getMany(keys)
    const reading = this.#copies.begin()
    try {
      const found = await this.#second.getMany(keys)
      if (this.#coherence.canCopy) {
        const expires = this.#coherence.expires(now)
        found.forEach((value, n) => {
          const key = keys[n] as string
          if (Buffer.isBuffer(value) && this.#coherence.covers(key))
            this.#copies.add(reading, key, value, expires)
        })
      }
      return found
    } finally {
      this.#copies.end()
    }
  }

  forget(keys: readonly string[]): void {
    this.#copies.changed(keys)
  }

  stampMany(stamps: readonly StampWrite[]): Promise<(Buffer | Error)[]> {
    return this.#change(keysOf(stamps), () => this.#second.stampMany(stamps))
  }

  setMany(entries: readonly Write[]): Promise<(boolean | Error)[]> {
    return this.#change(keysOf(entries), () => this.#second.setMany(entries))
  }

  /** Keeps copies, since a touch changes no value. */
  touchMany(items: readonly Touch[]): Promise<(boolean | Error)[]> {
    return this.#second.touchMany(items)
  }

  deleteMany(keys: readonly string[]): Promise<number> {
    return this.#change(keys, () => this.#second.deleteMany(keys))
  }

  async clear(prefix: string): Promise<void> {
    try {
      await this.#second.clear(prefix)
    } finally {
      this.#copies.allChanged()
    }
  }

  clock(): Promise<number> {
    return this.#second.clock()
  }

  async close(): Promise<void> {
    await this.#coherence.close()
    this.#copies.allChanged()
    await Promise.all([this.#second.close(), this.#first.close()])
  }

  /**
   * Drops the copies again when the write has resolved or failed, so that a read that began before
   * does not bring them back.
   */
  async #change<T>(keys: readonly string[], write: () => Promise<T>): Promise<T> {
    this.#copies.changed(keys)
    try {
      return await write()
    } finally {
      this.#copies.changed(keys)
    }
  }
}

function keysOf(items: readonly { readonly key: string }[]): string[] {
  return items.map(({ key }) => key)
}
