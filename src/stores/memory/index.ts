import { type Clock, processClock } from '../../clock.ts'
import { ClosedError, StoreError } from '../../errors.ts'
import type { ByteSize } from '../../options/byte-size.ts'
import {
  type Copies,
  type Copy,
  expiresAt,
  isTtl,
  makeStamp,
  meetsCondition,
  STAMP_LENGTH,
  type StampWrite,
  type Store,
  type StoreCapabilities,
  type Touch,
  type Ttl,
  ttlError,
  type Write,
} from '../store.ts'
import { checkMaxBytes, checkOptions } from '../store-options.ts'
import { Entries } from './entries.ts'
import { Evicted } from './evicted.ts'

/** Options of {@link memoryStore}. */
export interface MemoryStoreOptions {
  /**
   * Memory that the store may take, in bytes or as a string such as `'64MB'`, with keys and the
   * overhead of each entry. At least 1024. When it is full, entries that were read at most once
   * are evicted first, the oldest of them before the others.
   *
   * @defaultValue 64 MiB
   */
  readonly maxBytes?: ByteSize | undefined
}

/** Growth of the heap while entries come and go, as a fraction of `maxBytes`, up to 16 MiB. */
const HEAP_GROWTH = 1 / 8
const MAX_HEAP_GROWTH = 16 * 1024 * 1024
const DEFAULT_MAX_BYTES = 64 * 1024 * 1024
const SMALLEST_MAX_BYTES = 1024

/**
 * Creates a store in the memory of this process, bounded by bytes. Other processes see nothing of
 * it.
 *
 * A value that is larger than `maxBytes` is not stored: its write returns an Error. The Buffers
 * that `getMany` returns belong to the store and must not be written to.
 *
 * @throws OptionError where `maxBytes` is not a size, or an option is unknown
 *
 * @example
 * ```ts
 * const cache = new FragmentCache({ store: memoryStore({ maxBytes: '64MB' }), ttl: '5m' })
 * ```
 */
export function memoryStore(options?: MemoryStoreOptions): MemoryStore
/** @internal */
export function memoryStore(options: MemoryStoreOptions | undefined, clock: Clock): MemoryStore
export function memoryStore(options: MemoryStoreOptions = {}, clock = processClock): MemoryStore {
  checkOptions('memoryStore', options, ['maxBytes'], '{ maxBytes: 64 * 1024 * 1024 }')
  const { maxBytes = DEFAULT_MAX_BYTES } = options
  return new MemoryStore(checkMaxBytes('memoryStore', maxBytes, SMALLEST_MAX_BYTES, '64MB'), clock)
}

export type { MemoryStore }

/** A store in the memory of this process; made by {@link memoryStore}. */
class MemoryStore implements Store {
  readonly capabilities: StoreCapabilities = { shared: false, conditional: true, ttlPrecision: 1 }
  readonly #maxBytes: number
  readonly #entries: Entries
  readonly #evicted = new Evicted()
  /** Makes a wall clock that never steps back, as the promises of the contract need it. */
  readonly #epoch: number
  readonly #clock: Clock
  #closed = false
  /** Copies for the store that this one is the first tier of. */
  readonly copies: Copies = {
    get: (key, now) => this.#entries.get(key, now),
    set: (key, bytes, expires) => this.#entries.set(key, [bytes], expires, this.#clock.now()),
    delete: (key) => {
      this.#entries.delete(key)
    },
    clear: () => this.#entries.clear(),
  }

  /** @internal */
  constructor(maxBytes: number, clock: Clock) {
    this.#clock = clock
    this.#epoch = clock.wall() - clock.now()
    this.#maxBytes = maxBytes
    const most = Math.ceil(maxBytes - Math.min(maxBytes * HEAP_GROWTH, MAX_HEAP_GROWTH))
    this.#entries = new Entries(most, (bytes, expires) => this.#evicted.note(bytes, this.#epoch + expires))
  }

  async getMany(keys: readonly string[]): Promise<(Buffer | null | Error)[]> {
    this.#open()
    const now = this.#clock.now()
    const found: (Buffer | null)[] = new Array(keys.length)
    for (let i = 0; i < keys.length; i++) found[i] = this.#entries.get(keys[i] as string, now)?.bytes ?? null
    return found
  }

  /** Returns values that are read again and again, where all of them are: each is parsed once. */
  getCopies(keys: readonly string[]): Copy[] | undefined {
    if (this.#closed) return undefined
    const now = this.#clock.now()
    const copies: Copy[] = Array.of()
    for (const key of keys) {
      const copy = this.#entries.getOwn(key, now)
      if (copy === undefined) return undefined
      copies.push(copy)
    }
    return copies
  }

  async stampMany(stamps: readonly StampWrite[]): Promise<(Buffer | Error)[]> {
    this.#open()
    const now = this.#clock.now()
    return stamps.map(({ key, kind, ttl, onlyAbsent }) => {
      const there = onlyAbsent ? this.#entries.peek(key, now) : undefined
      if (there) return Buffer.from(there.subarray(0, STAMP_LENGTH))
      const isNewVersion = onlyAbsent && kind === 'created'
      const stamp = (isNewVersion && this.#evicted.versionStamp()) || makeStamp(this.#epoch + now, kind)
      return this.#keep(key, [stamp], ttl, now) ?? stamp
    })
  }

  async setMany(entries: readonly Write[]): Promise<(boolean | Error)[]> {
    this.#open()
    const now = this.#clock.now()
    return entries.map((write) => {
      const { key, value, ttl, ifStamp, notAfter } = write
      if (notAfter !== undefined && !(this.#epoch + now < notAfter)) return false
      if (ifStamp !== undefined && !meetsCondition(ifStamp, this.#entries.peek(key, now))) return false
      if (this.#evicted.refuses(write)) return false
      return this.#keep(key, [makeStamp(this.#epoch + now, 'entry'), value], ttl, now) ?? true
    })
  }

  async touchMany(items: readonly Touch[]): Promise<(boolean | Error)[]> {
    this.#open()
    const now = this.#clock.now()
    return items.map(({ key, ttl }) => {
      if (!isTtl(ttl)) return ttlError(ttl)
      return this.#entries.touch(key, expiresAt(ttl, now), now)
    })
  }

  async deleteMany(keys: readonly string[]): Promise<number> {
    this.#open()
    const now = this.#clock.now()
    let deleted = 0
    for (const key of keys) if (this.#entries.peek(key, now) && this.#entries.delete(key)) deleted++
    return deleted
  }

  async *keys(prefix: string): AsyncIterable<string> {
    this.#open()
    for (const key of this.#keysNow(prefix)) if (this.#entries.peek(key, this.#clock.now())) yield key
  }

  async clock(): Promise<number> {
    this.#open()
    return this.#epoch + this.#clock.now()
  }

  async clear(prefix: string): Promise<void> {
    this.#open()
    for (const key of this.#keysNow(prefix)) this.#entries.delete(key)
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#entries.clear()
  }

  #open(): void {
    if (this.#closed) throw new ClosedError('The memory store')
  }

  /** Keeps the joined parts. Returns an error where it cannot. */
  #keep(key: string, parts: readonly Buffer[], ttl: Ttl, now: number): Error | undefined {
    if (!isTtl(ttl)) return ttlError(ttl)
    let length = 0
    for (const part of parts) length += part.length
    if (!this.#entries.fits(key, length)) {
      return new StoreError(
        `A value of ${length} bytes does not fit into a memory store of ${this.#maxBytes}: raise maxBytes, or cache less`,
      )
    }
    this.#entries.set(key, parts, expiresAt(ttl, now), now)
    return undefined
  }

  /** Returns a new array, so that the caller may delete meanwhile. */
  #keysNow(prefix: string): string[] {
    return [...this.#entries.keys()].filter((key) => key.startsWith(prefix))
  }
}
