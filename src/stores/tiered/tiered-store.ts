import type { Clock } from '../../clock.ts'
import {
  type Copy,
  STAMP_LENGTH,
  type StampWrite,
  type Store,
  type StoreCapabilities,
  type Touch,
  type Write,
} from '../store.ts'
import type { Coherence } from './coherence.ts'
import type { Held } from './held.ts'

/**
 * A store with copies of what was read in this process' memory. Writes go to the second store, and take the copies away:
 * this process sees what it has written itself at once.
 */
export class TieredStore implements Store {
  readonly capabilities: StoreCapabilities
  readonly keys?: NonNullable<Store['keys']>
  readonly onError: NonNullable<Store['onError']>
  readonly #second: Store
  readonly #held: Held
  readonly #coherence: Coherence
  readonly #closeFirst: () => Promise<void>
  readonly #clock: Clock

  constructor(
    second: Store,
    held: Held,
    coherence: Coherence,
    onError: NonNullable<Store['onError']>,
    closeFirst: () => Promise<void>,
    clock: Clock,
  ) {
    this.capabilities = second.capabilities
    if (second.keys) this.keys = (prefix) => (second as Required<Store>).keys(prefix)
    this.#second = second
    this.#held = held
    this.#coherence = coherence
    this.onError = onError
    this.#closeFirst = closeFirst
    this.#clock = clock
  }

  getCopies(keys: readonly string[]): Copy[] | undefined {
    const now = this.#clock.now()
    if (!this.#coherence.isTrusted(now)) return undefined
    const found: Copy[] = new Array(keys.length)
    for (let n = 0; n < keys.length; n++) {
      const value = this.#held.get(keys[n] as string, now)
      if (value === undefined) return undefined
      found[n] = value
    }
    return found
  }

  /** Where a trip is made anyway, bare heads (versions) are read again: they cost little, and decide about the rest. */
  async getMany(keys: readonly string[]): Promise<(Buffer | null | Error)[]> {
    const now = this.#clock.now()
    if (!this.#coherence.isTrusted(now)) return this.#read(keys, now)
    const found: (Buffer | null | Error)[] = new Array(keys.length)
    const missing: number[] = []
    for (let n = 0; n < keys.length; n++) {
      const value = this.#held.get(keys[n] as string, now)?.bytes
      if (value !== undefined && value.length > STAMP_LENGTH) found[n] = value
      else missing.push(n)
    }
    if (missing.length === keys.length) return this.#read(keys, now)
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
    if (!this.#coherence.keeps) return this.#second.getMany(keys)
    const reading = this.#held.begin()
    try {
      const found = await this.#second.getMany(keys)
      if (this.#coherence.keeps) {
        const expires = this.#coherence.expires(now)
        found.forEach((value, n) => {
          const key = keys[n] as string
          if (Buffer.isBuffer(value) && this.#coherence.covers(key))
            this.#held.keep(reading, key, value, expires)
        })
      }
      return found
    } finally {
      this.#held.end()
    }
  }

  forget(keys: readonly string[]): void {
    this.#held.changed(keys)
  }

  stampMany(stamps: readonly StampWrite[]): Promise<(Buffer | Error)[]> {
    return this.#change(keysOf(stamps), () => this.#second.stampMany(stamps))
  }

  setMany(entries: readonly Write[]): Promise<(boolean | Error)[]> {
    return this.#change(keysOf(entries), () => this.#second.setMany(entries))
  }

  /** What is written stays as it is. */
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
      this.#held.allChanged()
    }
  }

  clock(): Promise<number> {
    return this.#second.clock()
  }

  async close(): Promise<void> {
    await this.#coherence.close()
    this.#held.allChanged()
    await Promise.all([this.#second.close(), this.#closeFirst()])
  }

  /** Copies go when the write resolves: a read that began before must not bring them back. And where it failed, too. */
  async #change<T>(keys: readonly string[], write: () => Promise<T>): Promise<T> {
    this.#held.changed(keys)
    try {
      return await write()
    } finally {
      this.#held.changed(keys)
    }
  }
}

function keysOf(items: readonly { readonly key: string }[]): string[] {
  return items.map(({ key }) => key)
}
