import { StoreError } from '../errors.ts'

/**
 * The contract of a store: batches first, a single key is a batch of one. Every implementation passes the
 * suite in `onetrip/testing`.
 *
 * A store keeps bytes under a key for a time. Before the bytes of each value stands a *head* of
 * {@link STAMP_LENGTH} bytes, which the store makes as it applies the write, so that no two writes ever leave
 * the same head. `getMany` answers head and value together; the conditions of `setMany` compare heads.
 */
export interface Store {
  /** What this store can keep of the promises that need more than one process or a fine clock. */
  readonly capabilities: StoreCapabilities

  /**
   * Reads all keys in one round trip.
   * @returns in the keys' order: head and value; `null` where the key is absent; an `Error` where it was not
   * read, which is not an absence. Rejects only if nothing could be read.
   */
  getMany(keys: readonly string[]): Promise<(Buffer | null | Error)[]>

  /** Writes bare heads in one round trip, and answers the head that is there afterwards. */
  stampMany(stamps: readonly StampWrite[]): Promise<(Buffer | Error)[]>

  /** Writes all entries in one round trip. `false`: its `ifStamp` or `notAfter` did not hold, nothing was written. */
  setMany(entries: readonly Write[]): Promise<(boolean | Error)[]>

  /** Lengthens lives, never shortens one, never writes bytes. `false`: the key is absent. */
  touchMany(items: readonly Touch[]): Promise<(boolean | Error)[]>

  /** Removes keys, heads and all, in one round trip. Answers how many were there. */
  deleteMany(keys: readonly string[]): Promise<number>

  /**
   * All keys that begin with `prefix`, in no order; a key that comes or goes meanwhile may be met or not, and
   * one that stays may be met twice.
   */
  keys?(prefix: string): AsyncIterable<string>

  /** The store's own time in milliseconds since 1970, with a fraction where it has one. */
  clock(): Promise<number>

  /** Removes all keys that begin with `prefix`; no other key. */
  clear(prefix: string): Promise<void>

  /** Gives up connections and timers that the store itself opened. A second call does nothing. */
  close(): Promise<void>

  /**
   * Tells a follower which keys are written from now on, by whatever process. Only a store has it whose server says so by
   * itself. May be called once.
   */
  follow?(follower: Follower, options: FollowOptions): Following

  /**
   * A store that keeps values, or copies of them, in this process: all keys, without a trip, where it may answer every one of
   * them so; otherwise `undefined`, and `getMany` is to be asked.
   */
  getCopies?(keys: readonly string[]): Copy[] | undefined

  /** A store that keeps copies: these are not worth keeping, or are to be read anew. */
  forget?(keys: readonly string[]): void

  /** Tells a listener what fails beside the calls: a connection that only this store knows of. */
  onError?(listener: (error: Error) => void): void
}

/** Who is told what is written. */
export interface Follower {
  /** From now on every write is told. What is read from now on may be kept until it is. */
  following(): void
  /** These keys were written, or removed. */
  changed(keys: readonly string[]): void
  /** Every key may have been written: the database was emptied. */
  allChanged(): void
  /** All writes that were made before this time of `Clock.now` have been told. */
  toldUntil(time: number): void
  /** Writes are not told any more. `following` says when they are again. */
  lost(error?: Error): void
}

export interface FollowOptions {
  /** What the keys begin with that are followed; `''`: all of them. */
  readonly prefix: string
  /** How often `toldUntil` is called, in milliseconds, while the way to the server works. */
  readonly every: number
}

export interface Following {
  close(): Promise<void>
}

/** A value, head and all, that lies in this process' memory. */
export interface Copy {
  readonly bytes: Buffer
  /** What a reader has made of the bytes, which stay as they are: so that it need not do it again. */
  parsed?: unknown
}

/** Copies of another store's values, head and all, in this process' memory, bounded by bytes. */
export interface Copies {
  /** @param now by `Clock.now` */
  get(key: string, now: number): Copy | undefined
  /** Takes a copy. @param expires a time of `Clock.now`, or Infinity */
  set(key: string, bytes: Buffer, expires: number): void
  delete(key: string): void
  clear(): void
}

/** Which promises a store keeps. */
export interface StoreCapabilities {
  /** Other processes see what this one writes. */
  readonly shared: boolean
  /** `ifStamp` and `notAfter` are checked and applied in one step. */
  readonly conditional: boolean
  /** How fine a time to live is, in milliseconds: 1 for Redis, 1000 for a store of whole seconds. */
  readonly ttlPrecision: number
}

/** A bare head to write. */
export interface StampWrite {
  readonly key: string
  readonly kind: 'created' | 'invalidated' | 'deleted'
  /** Milliseconds. */
  readonly ttl: number
  /** Write only if the key is absent. */
  readonly onlyAbsent?: boolean
}

/** A value to write; the store puts the head before it. */
export interface Write {
  readonly key: string
  /** Not to be changed before the write has resolved; after that nothing that is done to it is seen. */
  readonly value: Buffer
  readonly ttl: Ttl
  /** Write only if the key's head is this; `null`: only if the key is absent. Left out: in any case. */
  readonly ifStamp?: Buffer | null
  /** And only before this time of the store's clock, in milliseconds. */
  readonly notAfter?: number
}

/** A life to lengthen. */
export interface Touch {
  readonly key: string
  /** From now. */
  readonly ttl: Ttl
}

/** A life without end: only this word asks for one, no number does. */
export const FOREVER = 'forever'

/** Milliseconds, a whole number of at least 1; or {@link FOREVER}. */
export type Ttl = number | 'forever'

/** Whether every store takes this ttl. For any other a write answers an Error. */
export function isTtl(ttl: unknown): ttl is Ttl {
  return ttl === FOREVER || (Number.isSafeInteger(ttl) && (ttl as number) >= 1)
}

/** What a write answers whose ttl no store takes. */
export function ttlError(ttl: unknown): StoreError {
  return new StoreError(`A ttl must be a whole number of milliseconds, at least 1; got ${ttl}`)
}

/** Clock (8 bytes, microseconds, big-endian), random bytes of the writing client (8), kind (1). */
export const STAMP_LENGTH = 17
/** How many random bytes a head holds. */
export const STAMP_RANDOM_LENGTH = 8

/** The head's last byte. */
export const STAMP_KIND = { entry: 1, created: 2, invalidated: 3, deleted: 4 } as const
export type StampKind = keyof typeof STAMP_KIND

const KIND_NAMES = new Map<number, StampKind>(
  Object.entries(STAMP_KIND).map(([name, byte]) => [byte, name as StampKind]),
)

/**
 * Makes a head. A store whose server makes it (Redis: a script) does the same there.
 * @param clock the store's time in milliseconds
 * @param random 8 bytes drawn anew for each write
 */
export function makeStamp(clock: number, random: Uint8Array, kind: StampKind): Buffer {
  const head = Buffer.allocUnsafe(STAMP_LENGTH)
  head.writeBigUInt64BE(BigInt(Math.floor(clock * 1000)), 0)
  head.set(random, 8)
  head[STAMP_LENGTH - 1] = STAMP_KIND[kind]
  return head
}

/** Whether what stands at a key is what a write's `ifStamp` asks for. @param value head and value; nothing where it is absent */
export function meetsCondition(only: Buffer | null, value: Buffer | null | undefined): boolean {
  if (only === null || !value) return only === null && !value
  return value.subarray(0, STAMP_LENGTH).equals(only)
}

/** When the head was written, by the store's clock, in milliseconds. */
export function stampTime(value: Buffer): number {
  // Two reads of 32 bits instead of one BigInt: this runs once for each fragment of a page.
  return (value.readUInt32BE(0) * 0x1_0000_0000 + value.readUInt32BE(4)) / 1000
}

/** The kind of a head; undefined where the bytes are not a head. */
export function stampKind(value: Buffer): StampKind | undefined {
  return value.length < STAMP_LENGTH ? undefined : KIND_NAMES.get(value[STAMP_LENGTH - 1] as number)
}
