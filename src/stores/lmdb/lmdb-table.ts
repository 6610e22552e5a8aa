import type { RootDatabase } from 'lmdb'
import { processClock } from '../../clock.ts'
import type { Table } from '../embedded/table.ts'
import { expiresAt, type Ttl } from '../store.ts'
import { lockWaits } from './lock-waits.ts'
import {
  bytesOf,
  expiresOf,
  isBare,
  keyOf,
  rangesOf,
  toLmdbKey,
  withExpires,
  writeRecord,
  writtenAt,
} from './record.ts'

/** Number of records that are listed or checked at a time. */
const PAGE = 200
/** Interval between checks for readers of dead processes, in ms. */
const CHECK_EVERY = 10_000

interface Found {
  readonly key: Buffer
  readonly value: Buffer
}

/**
 * Records in LMDB. Eviction goes round the keys page by page, and takes the oldest of each page.
 */
export class LmdbTable implements Table {
  readonly name = 'LMDB'
  readonly #database: RootDatabase<Buffer, Buffer>
  /** Key at which the next page begins. */
  #hand: Buffer | undefined
  /** LMDB checks its readers when the file is opened. */
  #checkedAt = processClock.now()

  constructor(database: RootDatabase<Buffer, Buffer>) {
    this.#database = database
  }

  /**
   * Frees pages that a killed process was reading. LMDB does not reuse them until then, so the file
   * would fill up.
   */
  #forgetDeadReaders(): void {
    lockWaits.during(() => this.#database.readerCheck())
    this.#checkedAt = processClock.now()
  }

  readMany(keys: readonly string[], now: number): (Buffer | null)[] {
    // So that the read sees what other processes have written since the last one.
    this.#database.resetReadTxn()
    return lockWaits.during(() => keys.map((key) => this.readOne(key, now) ?? null))
  }

  readOne(key: string, now: number): Buffer | undefined {
    const record = this.#database.getBinary(toLmdbKey(key))
    return record && now < expiresOf(record) ? bytesOf(record) : undefined
  }

  put(key: string, ttl: Ttl, now: number, parts: readonly Buffer[]): void {
    const at = toLmdbKey(key)
    this.#database.putSync(at, writeRecord(key, at, expiresAt(ttl, now), parts))
  }

  touch(key: string, ttl: Ttl, now: number): void {
    const at = toLmdbKey(key)
    const record = this.#database.getBinary(at)
    const expires = expiresAt(ttl, now)
    if (record && expires > expiresOf(record)) this.#database.putSync(at, withExpires(record, expires))
  }

  remove(key: string): void {
    this.#database.removeSync(toLmdbKey(key))
  }

  *pages(prefix: string, now: number): Generator<string[], void, void> {
    for (const { start, end } of rangesOf(prefix)) {
      let from: Buffer | undefined = start
      while (from) {
        const page: Found[] = this.#range({ start: from, end, limit: PAGE })
        from = after(page)
        const keys = page
          .filter(({ value }) => now < expiresOf(value))
          .map(({ key, value }) => keyOf(key, value))
          .filter((key) => key.startsWith(prefix))
        if (keys.length > 0) yield keys
      }
    }
  }

  transaction<T>(fn: () => T): T {
    try {
      return this.#transact(fn)
    } catch {
      // The file is probably full of pages that a dead process still seems to read.
      this.#forgetDeadReaders()
      return this.#transact(fn)
    }
  }

  #transact<T>(fn: () => T): T {
    return lockWaits.during(() => this.#database.transactionSync(fn))
  }

  get used(): number {
    const { pageSize, treeBranchPageCount, treeLeafPageCount, overflowPages } =
      this.#database.getStats() as Record<
        'pageSize' | 'treeBranchPageCount' | 'treeLeafPageCount' | 'overflowPages',
        number
      >
    return pageSize * (treeBranchPageCount + treeLeafPageCount + overflowPages)
  }

  removeExpired(now: number): void {
    if (processClock.now() - this.#checkedAt > CHECK_EVERY) this.#forgetDeadReaders()
    this.#removeFromPage(now, () => [])
  }

  evictOldest(now: number): void {
    this.#removeFromPage(now, (live) => {
      const entries = live.filter(({ value }) => !isBare(value))
      return entries
        .sort((a, b) => writtenAt(a.value) - writtenAt(b.value))
        .slice(0, Math.ceil(entries.length / 4))
    })
  }

  close(): Promise<void> {
    return this.#database.close().finally(() => lockWaits.stop())
  }

  /** Removes, of the next page, expired records and those that are chosen of the others. */
  #removeFromPage(now: number, choose: (live: Found[]) => Found[]): void {
    const page = this.#range(this.#hand ? { start: this.#hand, limit: PAGE } : { limit: PAGE })
    this.#hand = after(page)
    const isLive = ({ value }: Found) => now < expiresOf(value)
    const removed = [...page.filter((one) => !isLive(one)), ...choose(page.filter(isLive))]
    if (removed.length === 0) return
    this.#transact(() => {
      for (const { key, value } of removed) {
        // Unless it was written again.
        if (this.#database.getBinary(key)?.equals(value)) this.#database.removeSync(key)
      }
    })
  }

  #range(range: { start?: Buffer; end?: Buffer; limit: number }): Found[] {
    this.#database.resetReadTxn()
    const found = lockWaits.during(() => [...this.#database.getRange(range)])
    return found.map(({ key, value }) => ({ key: Buffer.from(key), value }))
  }
}

/** Returns the key at which the next page begins; undefined after the last page. */
function after(page: readonly Found[]): Buffer | undefined {
  const last = page.at(-1)
  return page.length === PAGE && last ? Buffer.concat([last.key, Buffer.of(0)]) : undefined
}
