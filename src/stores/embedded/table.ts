import type { Ttl } from '../store.ts'

/**
 * Where a store in a file of this machine keeps its records: a key, when it ends (milliseconds since 1970), and head and value.
 * All calls are synchronous; those that change something are made in a transaction.
 */
export interface Table {
  /** For messages. */
  readonly name: string
  /** What has ended counts as absent, here and below. */
  readMany(keys: readonly string[], now: number): (Buffer | null)[]
  readOne(key: string, now: number): Buffer | undefined
  put(key: string, ttl: Ttl, now: number, parts: readonly Buffer[]): void
  /** Lengthens a life, never shortens it. */
  touch(key: string, ttl: Ttl, now: number): void
  remove(key: string): void
  /** Keys that begin with a text, page by page; each page is read anew. */
  pages(prefix: string, now: number): Iterable<string[]>
  /** Runs a function while no other process writes. @throws what it throws, and what the file's library throws */
  transaction<T>(fn: () => T): T
  /** Bytes in pages that hold something. */
  readonly used: number
  /** Removes some of what has ended. */
  removeEnded(now: number): void
  /**
   * Removes some of what was written first; of versions and tombstones none before its time: without them old content could
   * come back.
   */
  removeFirst(now: number): void
  close(): Promise<void> | void
}
