import { randomFillSync } from 'node:crypto'
import { StoreError } from '../errors.ts'

/**
 * The contract of a store. Every method takes a batch; a single key is a batch of one. The suite
 * of `onetrip/testing` checks an implementation, and docs/write-a-store.md builds one.
 *
 * A store keeps bytes under a key for a time. Before each value it writes a *stamp* of
 * {@link STAMP_LENGTH} bytes, made as the write is applied, so that no two writes have the same
 * stamp. `getMany` returns stamp and value together; the conditions of `setMany` compare stamps.
 */
export interface Store {
  /** Promises that this store keeps. */
  readonly capabilities: StoreCapabilities

  /**
   * Reads all keys in one round trip.
   *
   * @returns in the order of the keys: stamp and value; `null` where the key is absent; an `Error`
   * where it was not read, which is not an absence. Rejects only if no key was read.
   */
  getMany(keys: readonly string[]): Promise<(Buffer | null | Error)[]>

  /** Writes bare stamps in one round trip. Returns the stamp that each key has afterwards. */
  stampMany(stamps: readonly StampWrite[]): Promise<(Buffer | Error)[]>

  /**
   * Writes all entries in one round trip.
   *
   * @returns in the order of the entries: `true` where it was written; `false` where its `ifStamp`
   * or `notAfter` did not hold
   */
  setMany(entries: readonly Write[]): Promise<(boolean | Error)[]>

  /**
   * Lengthens TTLs. Never shortens one, and never writes a value.
   *
   * @returns in the order of the items: `false` where the key is absent
   */
  touchMany(items: readonly Touch[]): Promise<(boolean | Error)[]>

  /** Removes keys in one round trip. Returns how many of them were there. */
  deleteMany(keys: readonly string[]): Promise<number>

  /**
   * Lists the keys that begin with `prefix`, in no order. A key that is added or removed meanwhile
   * may be listed or not; one that stays may be listed twice.
   */
  keys?(prefix: string): AsyncIterable<string>

  /** Returns the store's own time in milliseconds since 1970, with a fraction where it has one. */
  clock(): Promise<number>

  /** Removes the keys that begin with `prefix`, and no others. */
  clear(prefix: string): Promise<void>

  /** Closes the connections and timers that the store itself opened. A second call does nothing. */
  close(): Promise<void>

  /**
   * Tells a follower which keys are written from now on, by any process. Only stores have it whose
   * server reports writes. May be called once.
   */
  follow?(follower: Follower, options: FollowOptions): Following

  /**
   * Does the same by a log in the store of what was written. Only stores have it that keep such a
   * log. What is not written through this package, expires or is evicted is not reported. Of
   * `follow` and `followLog` one may be called, once.
   */
  followLog?(follower: Follower, options: FollowOptions): Following

  /**
   * Returns the values of all keys without a round trip, where all of them are in the memory of
   * this process; otherwise `undefined`, and the caller uses `getMany`.
   */
  getCopies?(keys: readonly string[]): Copy[] | undefined

  /**
   * Counts of keys that were read, by where they were found.
   * @defaultValue none: the store keeps no copies of another one
   */
  readonly copyReads?: CopyReads | undefined

  /** Drops local copies, so the next read goes to the store. */
  forget?(keys: readonly string[]): void

  /** Adds a listener for failures outside of calls, such as those of a connection of its own. */
  onError?(listener: (error: Error) => void): void
}

/** Receives the keys that are written to a store. */
export interface Follower {
  /**
   * From now on every write is reported: what is read from now on may be kept until it is. What was
   * written since `lost`, or before the first call, has been reported: by keys, or as
   * `allChanged`.
   */
  following(): void
  /** These keys were written or removed. */
  changed(keys: readonly string[]): void
  /** Any key may have been written: the database was emptied, or reports are missing. */
  allChanged(): void
  /** All writes that were made before this time of `Clock.now` have been reported. */
  toldUntil(time: number): void
  /** Writes are no longer reported, until `following` is called again. */
  lost(error?: Error): void
}

/** Options of `Store.follow`. */
export interface FollowOptions {
  /** Prefix of the keys to follow; `''` for all keys. */
  readonly prefix: string
  /** Interval between calls of `toldUntil` while the server can be reached, in ms. */
  readonly every: number
}

/** A subscription to the writes of a store. */
export interface Following {
  /** Ends it. */
  close(): Promise<void>
}

/** Counts of keys that were read since the store was made. */
export interface CopyReads {
  /** Found among the copies in this process. */
  readonly hits: number
  /** Asked of the other store. */
  readonly misses: number
}

/** A value, with its stamp, in the memory of this process. */
export interface Copy {
  /** Stamp and value. Must not be written to. */
  readonly bytes: Buffer
  /** Result of parsing `bytes`, which never change: a reader stores it here for the next one. */
  parsed?: unknown
}

/** Copies of another store's values in the memory of this process, bounded by bytes. */
export interface Copies {
  /** Returns the copy of a key, if there is one that has not expired. @param now by `Clock.now` */
  get(key: string, now: number): Copy | undefined
  /** Adds a copy. @param expires a time of `Clock.now`, or Infinity */
  set(key: string, bytes: Buffer, expires: number): void
  /** Removes the copy of a key. */
  delete(key: string): void
  /** Removes all copies. */
  clear(): void
}

/** Promises that a store keeps. */
export interface StoreCapabilities {
  /** Other processes see what this one writes. */
  readonly shared: boolean
  /** `ifStamp` and `notAfter` are checked and applied in one step. */
  readonly conditional: boolean
  /** Resolution of a TTL in ms: 1 for Redis, 1000 for a store of whole seconds. */
  readonly ttlPrecision: number
}

/** A bare stamp to write. */
export interface StampWrite {
  /** The key to write. */
  readonly key: string
  /** The event that the stamp records. */
  readonly kind: 'created' | 'invalidated' | 'deleted'
  /** TTL of the stamp, in ms. */
  readonly ttl: number
  /** Writes only if the key is absent. @defaultValue false */
  readonly onlyAbsent?: boolean
}

/** A value to write. The store puts the stamp before it. */
export interface Write {
  /** The key to write. */
  readonly key: string
  /** Must not change before the write has resolved. Later changes are not seen. */
  readonly value: Buffer
  /** TTL of the value, in ms. */
  readonly ttl: Ttl
  /**
   * Writes only if the key has this stamp; `null`: only if the key is absent.
   * @defaultValue writes always
   */
  readonly ifStamp?: Buffer | null
  /**
   * Writes only before this time of the store's clock, in ms since 1970.
   * @defaultValue writes at any time
   */
  readonly notAfter?: number
}

/** A TTL to lengthen. */
export interface Touch {
  /** The key whose TTL is lengthened. */
  readonly key: string
  /** The TTL from now on, in ms. */
  readonly ttl: Ttl
}

/** The TTL of an entry that never expires. No number means that. */
export const FOREVER = 'forever'

/** Milliseconds, a whole number of at least 1; or {@link FOREVER}. */
export type Ttl = number | 'forever'

/** Returns true for a TTL that every store accepts. For any other a write returns an Error. */
export function isTtl(ttl: unknown): ttl is Ttl {
  return ttl === FOREVER || (Number.isSafeInteger(ttl) && (ttl as number) >= 1)
}

/** Returns the result of a write whose TTL no store accepts. */
export function ttlError(ttl: unknown): StoreError {
  return new StoreError(`A ttl must be a whole number of milliseconds, at least 1; got ${ttl}`)
}

/** Returns when a TTL that begins `now` ends, in ms; Infinity for {@link FOREVER}. */
export function expiresAt(ttl: Ttl, now: number): number {
  return ttl === FOREVER ? Number.POSITIVE_INFINITY : now + ttl
}

/** Returns a TTL in whole seconds, rounded up, for stores that count in them. */
export function secondsOf(ttl: Ttl): number {
  return ttl === FOREVER ? Number.POSITIVE_INFINITY : Math.ceil(ttl / 1000)
}

/** Bytes of a stamp: clock (8, microseconds, big-endian), random bytes (8), kind (1). */
export const STAMP_LENGTH = 17
/** Random bytes of a stamp. */
export const STAMP_RANDOM_LENGTH = 8

/** The last byte of a stamp. */
export const STAMP_KIND = { entry: 1, created: 2, invalidated: 3, deleted: 4 } as const
/**
 * The event that a stamp records: an entry was written; or a version of a tag was created, or
 * invalidated; or a key was deleted.
 */
export type StampKind = keyof typeof STAMP_KIND

const KIND_NAMES = new Map<number, StampKind>(
  Object.entries(STAMP_KIND).map(([name, byte]) => [byte, name as StampKind]),
)

/** Random bytes for the next stamps: one draw for many costs a fraction of one for each. */
const RANDOM = new Uint8Array(512 * STAMP_RANDOM_LENGTH)
let nextRandom = RANDOM.length

/**
 * Makes a stamp. A store whose server makes them (Redis: a script) does the same there.
 *
 * @param clock time of the store, in ms since 1970
 * @param random for tests; otherwise new random bytes for each stamp
 */
export function makeStamp(clock: number, kind: StampKind, random?: Uint8Array): Buffer {
  const stamp = Buffer.allocUnsafe(STAMP_LENGTH)
  stamp.writeBigUInt64BE(BigInt(Math.floor(clock * 1000)), 0)
  stamp.set(random ?? drawRandom(), 8)
  stamp[STAMP_LENGTH - 1] = STAMP_KIND[kind]
  return stamp
}

/** Returns the random bytes of a new stamp. They are valid until the next call. */
export function drawRandom(): Uint8Array {
  if (nextRandom === RANDOM.length) {
    randomFillSync(RANDOM)
    nextRandom = 0
  }
  const from = nextRandom
  nextRandom += STAMP_RANDOM_LENGTH
  return RANDOM.subarray(from, nextRandom)
}

/**
 * Returns true if what a key has meets the `ifStamp` of a write.
 *
 * @param value stamp and value of the key; `null` or `undefined` where it is absent
 */
export function meetsCondition(ifStamp: Buffer | null, value: Buffer | null | undefined): boolean {
  if (ifStamp === null || !value) return ifStamp === null && !value
  return value.subarray(0, STAMP_LENGTH).equals(ifStamp)
}

/** Returns when a stamp was written, by the store's clock, in ms since 1970. */
export function stampTime(value: Buffer): number {
  // Two reads of 32 bits instead of one BigInt: this runs once for each fragment of a page.
  return (value.readUInt32BE(0) * 0x1_0000_0000 + value.readUInt32BE(4)) / 1000
}

/** Returns the kind of a stamp; undefined where the bytes are not a stamp. */
export function stampKind(value: Buffer): StampKind | undefined {
  return value.length < STAMP_LENGTH ? undefined : KIND_NAMES.get(value[STAMP_LENGTH - 1] as number)
}
