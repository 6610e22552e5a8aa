import type { RootDatabase } from 'lmdb'
import { processClock } from '../../clock.ts'
import type { Table } from '../embedded/table.ts'
import { FOREVER, type Ttl } from '../store.ts'
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

/** How many records one look at all of them takes. */
const PAGE = 200
/** How often the readers of dead processes are looked for, in milliseconds. */
const CHECK_EVERY = 10_000

interface Found {
  readonly key: Buffer
  readonly value: Buffer
}

/** Records in LMDB. What is to go is looked for page by page, round and round: of a page that which was written first. */
export class LmdbTable implements Table {
  readonly name = 'LMDB'
  readonly #database: RootDatabase<Buffer, Buffer>
  /** Where the next look begins. */
  #hand: Buffer | undefined
  /** It is done when the file is opened. */
  #checkedAt = processClock.now()

  constructor(database: RootDatabase<Buffer, Buffer>) {
    this.#database = database
  }

  /** A process that was killed while it read keeps the pages that it saw from being used again: the file would fill up. */
  #forgetDeadReaders(): void {
    this.#database.readerCheck()
    this.#checkedAt = processClock.now()
  }

  readMany(keys: readonly string[], now: number): (Buffer | null)[] {
    // What other processes have written since the last read is to be seen.
    this.#database.resetReadTxn()
    return keys.map((key) => this.readOne(key, now) ?? null)
  }

  readOne(key: string, now: number): Buffer | undefined {
    const record = this.#database.getBinary(toLmdbKey(key))
    return record && now < expiresOf(record) ? bytesOf(record) : undefined
  }

  put(key: string, ttl: Ttl, now: number, parts: readonly Buffer[]): void {
    const at = toLmdbKey(key)
    this.#database.putSync(at, writeRecord(key, at, endOf(ttl, now), parts))
  }

  touch(key: string, ttl: Ttl, now: number): void {
    const at = toLmdbKey(key)
    const record = this.#database.getBinary(at)
    const expires = endOf(ttl, now)
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
      return this.#database.transactionSync(fn)
    } catch {
      // Full, most likely: of pages that a dead process still seems to read.
      this.#forgetDeadReaders()
      return this.#database.transactionSync(fn)
    }
  }

  get used(): number {
    const { pageSize, treeBranchPageCount, treeLeafPageCount, overflowPages } =
      this.#database.getStats() as Record<
        'pageSize' | 'treeBranchPageCount' | 'treeLeafPageCount' | 'overflowPages',
        number
      >
    return pageSize * (treeBranchPageCount + treeLeafPageCount + overflowPages)
  }

  removeEnded(now: number): void {
    if (processClock.now() - this.#checkedAt > CHECK_EVERY) this.#forgetDeadReaders()
    this.#turn(now, () => [])
  }

  removeFirst(now: number): void {
    this.#turn(now, (live) => {
      const entries = live.filter(({ value }) => !isBare(value))
      return entries
        .sort((a, b) => writtenAt(a.value) - writtenAt(b.value))
        .slice(0, Math.ceil(entries.length / 4))
    })
  }

  close(): Promise<void> {
    return this.#database.close()
  }

  /** Goes through the next page: removes what has ended, and what is chosen of the rest. */
  #turn(now: number, choose: (live: Found[]) => Found[]): void {
    const page = this.#range(this.#hand ? { start: this.#hand, limit: PAGE } : { limit: PAGE })
    this.#hand = after(page)
    const isLive = ({ value }: Found) => now < expiresOf(value)
    const going = [...page.filter((one) => !isLive(one)), ...choose(page.filter(isLive))]
    if (going.length === 0) return
    this.#database.transactionSync(() => {
      for (const { key, value } of going) {
        // It may have been written anew.
        if (this.#database.getBinary(key)?.equals(value)) this.#database.removeSync(key)
      }
    })
  }

  #range(range: { start?: Buffer; end?: Buffer; limit: number }): Found[] {
    this.#database.resetReadTxn()
    return [...this.#database.getRange(range)].map(({ key, value }) => ({ key: Buffer.from(key), value }))
  }
}

/** Where the page after this one begins; undefined: there is none. */
function after(page: readonly Found[]): Buffer | undefined {
  const last = page.at(-1)
  return page.length === PAGE && last ? Buffer.concat([last.key, Buffer.of(0)]) : undefined
}

function endOf(ttl: Ttl, now: number): number {
  return ttl === FOREVER ? Number.POSITIVE_INFINITY : now + ttl
}
