import type { Ttl } from '../store.ts'

/**
 * The records of a store in a file: key, time of expiry (ms since 1970), stamp and value. All calls
 * are synchronous. Calls that change records are made in a transaction.
 */
export interface Table {
  /** For messages. */
  readonly name: string
  /** An expired record counts as absent, here and below. */
  readMany(keys: readonly string[], now: number): (Buffer | null)[]
  readOne(key: string, now: number): Buffer | undefined
  put(key: string, ttl: Ttl, now: number, parts: readonly Buffer[]): void
  /** Lengthens a TTL, never shortens it. */
  touch(key: string, ttl: Ttl, now: number): void
  remove(key: string): void
  /** Yields the keys that begin with `prefix`, in pages. Each page is read when it is asked for. */
  pages(prefix: string, now: number): Iterable<string[]>
  /**
   * Runs a function while no other process writes. Throws what it throws, or the file's library.
   */
  transaction<T>(fn: () => T): T
  /** Bytes in pages of the file that are in use. */
  readonly used: number
  /** Removes some expired records. */
  removeExpired(now: number): void
  /**
   * Evicts some of the oldest entries. Versions and tombstones stay until they expire: without them
   * old content could come back.
   */
  evictOldest(now: number): void
  close(): Promise<void> | void
}
