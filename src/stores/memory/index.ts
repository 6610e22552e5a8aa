import { randomFillSync } from 'node:crypto'
import { type Clock, processClock } from '../../clock.ts'
import { ClosedError, OptionError, StoreError } from '../../errors.ts'
import { type ByteSize, toBytes } from '../../options/byte-size.ts'
import { show } from '../../options/show.ts'
import { refuseUnknownOptions } from '../../options/unknown-option.ts'
import {
  type Copies,
  type Copy,
  FOREVER,
  isTtl,
  makeStamp,
  meetsCondition,
  STAMP_LENGTH,
  STAMP_RANDOM_LENGTH,
  type StampKind,
  type StampWrite,
  type Store,
  type StoreCapabilities,
  type Touch,
  type Ttl,
  ttlError,
  type Write,
} from '../store.ts'
import { Entries } from './entries.ts'
import { GivenUp } from './given-up.ts'

export interface MemoryStoreOptions {
  /**
   * How many bytes the store may take, keys and the cost of keeping an entry counted; beyond that those make room first that
   * were read no more than once, and of these the oldest. At least 1024. Default: 64 MiB.
   */
  readonly maxBytes?: ByteSize | undefined
}

/** What the heap grows by while entries come and go, whatever is kept: this part of the bytes, and at most so many. */
const BESIDE = 1 / 8
const MOST_BESIDE = 16 * 1024 * 1024
const DEFAULT_MAX_BYTES = 64 * 1024 * 1024
const SMALLEST_MAX_BYTES = 1024

/**
 * A store in this process' memory, bounded by bytes. Nothing is shared with other processes.
 *
 * A value that is larger than the whole bound is not stored: its write answers an Error. Buffers that
 * `getMany` hands out are the store's own: read them, don't write into them.
 * @throws OptionError
 */
export function memoryStore(options?: MemoryStoreOptions): MemoryStore
/** @internal */
export function memoryStore(options: MemoryStoreOptions | undefined, clock: Clock): MemoryStore
export function memoryStore(options: MemoryStoreOptions = {}, clock = processClock): MemoryStore {
  return new MemoryStore(resolveMaxBytes(options), clock)
}

export type { MemoryStore }

class MemoryStore implements Store {
  readonly capabilities: StoreCapabilities = { shared: false, conditional: true, ttlPrecision: 1 }
  readonly #maxBytes: number
  readonly #entries: Entries
  readonly #givenUp = new GivenUp()
  // A wall clock that never steps back: the promises of the design rest on a store's clock going forward.
  readonly #epoch: number
  readonly #clock: Clock
  #closed = false
  /** What it keeps for a store that it is the first tier of. */
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
    const most = Math.ceil(maxBytes - Math.min(maxBytes * BESIDE, MOST_BESIDE))
    this.#entries = new Entries(most, (bytes, expires) => this.#givenUp.note(bytes, this.#epoch + expires))
  }

  async getMany(keys: readonly string[]): Promise<(Buffer | null | Error)[]> {
    this.#open()
    const now = this.#clock.now()
    const found: (Buffer | null)[] = new Array(keys.length)
    for (let i = 0; i < keys.length; i++) found[i] = this.#entries.get(keys[i] as string, now)?.bytes ?? null
    return found
  }

  /** What is read again and again, if all of it is: so that a reader need not take it apart each time. */
  getCopies(keys: readonly string[]): Copy[] | undefined {
    if (this.#closed) return undefined
    const now = this.#clock.now()
    const held: Copy[] = Array.of()
    for (const key of keys) {
      const copy = this.#entries.getOwn(key, now)
      if (copy === undefined) return undefined
      held.push(copy)
    }
    return held
  }

  async stampMany(stamps: readonly StampWrite[]): Promise<(Buffer | Error)[]> {
    this.#open()
    const now = this.#clock.now()
    const random = drawRandom(stamps.length)
    return stamps.map(({ key, kind, ttl, onlyAbsent }, i) => {
      const there = onlyAbsent ? this.#entries.peek(key, now) : undefined
      if (there) return Buffer.from(there.subarray(0, STAMP_LENGTH))
      const isNewVersion = onlyAbsent && kind === 'created'
      const head = (isNewVersion && this.#givenUp.versionHead(random(i))) || this.#head(now, random(i), kind)
      return this.#keep(key, [head], ttl, now) ?? Buffer.from(head)
    })
  }

  async setMany(entries: readonly Write[]): Promise<(boolean | Error)[]> {
    this.#open()
    const now = this.#clock.now()
    const random = drawRandom(entries.length)
    return entries.map((write, i) => {
      const { key, value, ttl, ifStamp, notAfter } = write
      if (notAfter !== undefined && !(this.#epoch + now < notAfter)) return false
      if (ifStamp !== undefined && !meetsCondition(ifStamp, this.#entries.peek(key, now))) return false
      if (this.#givenUp.refuses(write)) return false
      return this.#keep(key, [this.#head(now, random(i), 'entry'), value], ttl, now) ?? true
    })
  }

  async touchMany(items: readonly Touch[]): Promise<(boolean | Error)[]> {
    this.#open()
    const now = this.#clock.now()
    return items.map(({ key, ttl }) => {
      if (!isTtl(ttl)) return ttlError(ttl)
      return this.#entries.touch(key, endOf(ttl, now), now)
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

  /** Keeps the joined parts; answers an error where that cannot be. */
  #keep(key: string, parts: readonly Buffer[], ttl: Ttl, now: number): Error | undefined {
    if (!isTtl(ttl)) return ttlError(ttl)
    let length = 0
    for (const part of parts) length += part.length
    if (!this.#entries.fits(key, length)) {
      return new StoreError(
        `A value of ${length} bytes does not fit into a memory store of ${this.#maxBytes}: raise maxBytes, or cache less`,
      )
    }
    this.#entries.set(key, parts, endOf(ttl, now), now)
    return undefined
  }

  #head(now: number, random: Uint8Array, kind: StampKind): Buffer {
    return makeStamp(this.#epoch + now, random, kind)
  }

  /** A list of its own: the caller may delete while it walks. */
  #keysNow(prefix: string): string[] {
    return [...this.#entries.keys()].filter((key) => key.startsWith(prefix))
  }
}

/** Random bytes for a batch, drawn at once; answers those of its i-th write. */
function drawRandom(count: number): (i: number) => Uint8Array {
  const all = randomFillSync(new Uint8Array(count * STAMP_RANDOM_LENGTH))
  return (i) => all.subarray(i * STAMP_RANDOM_LENGTH, (i + 1) * STAMP_RANDOM_LENGTH)
}

/** By this process' monotonic clock. */
function endOf(ttl: Ttl, now: number): number {
  return ttl === FOREVER ? Number.POSITIVE_INFINITY : now + ttl
}

function resolveMaxBytes(options: MemoryStoreOptions): number {
  if (typeof options !== 'object' || options === null) {
    throw new OptionError(
      `memoryStore takes an object, such as { maxBytes: 64 * 1024 * 1024 }; got ${show(options)}`,
    )
  }
  refuseUnknownOptions('memoryStore', options, ['maxBytes'])
  const { maxBytes = DEFAULT_MAX_BYTES } = options
  const bytes = toBytes(maxBytes, SMALLEST_MAX_BYTES)
  if (bytes === undefined) {
    throw new OptionError(
      `memoryStore: maxBytes must be a whole number of bytes, at least ${SMALLEST_MAX_BYTES}, or a text such as '64MB'; got ${show(maxBytes)}`,
    )
  }
  return bytes
}
