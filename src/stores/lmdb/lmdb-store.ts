import { randomBytes } from 'node:crypto'
import type { RootDatabase } from 'lmdb'
import { ClosedError, StoreError } from '../../errors.ts'
import {
  FOREVER,
  HEAD_LENGTH,
  HEAD_RANDOM_LENGTH,
  type HeadKind,
  isTtl,
  makeHead,
  type Stamp,
  type Store,
  type StoreKeeps,
  type Touch,
  type Ttl,
  type Write,
} from '../store.ts'
import { bytesOf, expiresOf, keyOf, rangesOf, toLmdbKey, withExpires, writeRecord } from './record.ts'
import { Sweeper } from './sweeper.ts'

export type Database = RootDatabase<Buffer, Buffer>

/** How many records one look at all of them takes. */
const PAGE = 200

/** The contract of a store, in transactions of LMDB: of all processes, one writes at a time. */
export class LmdbStore implements Store {
  readonly keeps: StoreKeeps = { shared: true, conditional: true, ttlPrecision: 1 }
  readonly #database: Database
  readonly #sweeper: Sweeper
  readonly #maxBytes: number
  #last = 0
  #closed: Promise<void> | undefined

  constructor(database: Database, maxBytes: number) {
    this.#database = database
    this.#maxBytes = maxBytes
    this.#sweeper = new Sweeper(database, maxBytes)
  }

  async getMany(keys: readonly string[]): Promise<(Buffer | null | Error)[]> {
    this.#open()
    // What other processes have written since the last read is to be seen.
    this.#database.resetReadTxn()
    const now = Date.now()
    return keys.map((key) => {
      const record = this.#live(toLmdbKey(key), now)
      return record ? bytesOf(record) : null
    })
  }

  async stampMany(stamps: readonly Stamp[]): Promise<(Buffer | Error)[]> {
    return this.#write(stamps, ({ key, kind, ttl, onlyAbsent }, now) => {
      if (!isTtl(ttl)) return ttlError(ttl)
      const at = toLmdbKey(key)
      const there = onlyAbsent ? this.#live(at, now) : undefined
      if (there) return bytesOf(there).subarray(0, HEAD_LENGTH)
      const head = newHead(now, kind)
      this.#put(key, at, ttl, now, [head])
      return head
    })
  }

  async setMany(entries: readonly Write[]): Promise<(boolean | Error)[]> {
    return this.#write(entries, ({ key, value, ttl, only, until }, now) => {
      if (!isTtl(ttl)) return ttlError(ttl)
      if (value.length > this.#maxBytes / 4) {
        return new StoreError(
          `A value of ${value.length} bytes is more than a fourth of the store's maxBytes (${this.#maxBytes})`,
        )
      }
      if (until !== undefined && !(now < until)) return false
      const at = toLmdbKey(key)
      if (only !== undefined && !sameHead(this.#live(at, now), only)) return false
      this.#put(key, at, ttl, now, [newHead(now, 'entry'), value])
      return true
    })
  }

  async touchMany(items: readonly Touch[]): Promise<(boolean | Error)[]> {
    return this.#write(items, ({ key, ttl }, now) => {
      if (!isTtl(ttl)) return ttlError(ttl)
      const at = toLmdbKey(key)
      const record = this.#live(at, now)
      if (!record) return false
      const expires = endOf(ttl, now)
      if (expires > expiresOf(record)) this.#database.putSync(at, withExpires(record, expires))
      return true
    })
  }

  async deleteMany(keys: readonly string[]): Promise<number> {
    const deleted = this.#write(keys, (key, now) => {
      const at = toLmdbKey(key)
      const there = this.#live(at, now) !== undefined
      this.#database.removeSync(at)
      return there
    })
    const failed = deleted.find((answer) => answer instanceof Error)
    if (failed) throw failed
    return deleted.filter((there) => there === true).length
  }

  async *keys(prefix: string): AsyncIterable<string> {
    this.#open()
    for (const page of this.#pages(prefix)) {
      yield* page
      await new Promise(setImmediate)
      this.#open()
    }
  }

  async clear(prefix: string): Promise<void> {
    this.#open()
    for (const page of this.#pages(prefix)) {
      this.#write(page, (key) => this.#database.removeSync(toLmdbKey(key)))
      await new Promise(setImmediate)
      this.#open()
    }
  }

  async clock(): Promise<number> {
    this.#open()
    return this.#now()
  }

  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    this.#sweeper.stop()
    await this.#database.close()
  }

  #open(): void {
    if (this.#closed) throw new ClosedError('The LMDB store')
  }

  /** The clock of the machine, which all its processes share. It does not step back here. */
  #now(): number {
    this.#last = Math.max(this.#last, Date.now())
    return this.#last
  }

  /** One transaction for all; what LMDB refuses is the answer for all. */
  #write<Item, Answer>(
    items: readonly Item[],
    write: (item: Item, now: number) => Answer,
  ): (Answer | StoreError)[] {
    this.#open()
    if (items.length === 0) return []
    try {
      const answers = this.#database.transactionSync(() => {
        const now = this.#now()
        return items.map((item) => write(item, now))
      })
      this.#sweeper.wrote(items.length)
      return answers
    } catch (cause) {
      const error = new StoreError(`LMDB: ${cause instanceof Error ? cause.message : cause}`, { cause })
      if (/MAP_FULL/.test(error.message)) this.#sweeper.makeRoom()
      return items.map(() => error)
    }
  }

  #put(key: string, at: Buffer, ttl: Ttl, now: number, parts: readonly Buffer[]): void {
    this.#database.putSync(at, writeRecord(key, at, endOf(ttl, now), parts))
  }

  /** What is kept under a key, unless its time has passed. */
  #live(at: Buffer, now: number): Buffer | undefined {
    const record = this.#database.getBinary(at)
    return record && now < expiresOf(record) ? record : undefined
  }

  /** All keys that begin with a text, page by page; each page is read anew. */
  *#pages(prefix: string): Generator<string[], void, void> {
    for (const { start, end } of rangesOf(prefix)) {
      let from: Buffer | undefined = start
      while (from) {
        this.#database.resetReadTxn()
        const page: { key: Buffer; value: Buffer }[] = [
          ...this.#database.getRange({ start: from, end, limit: PAGE }),
        ].map(({ key, value }) => ({ key: Buffer.from(key), value }))
        const last: Buffer | undefined = page.at(-1)?.key
        from = page.length === PAGE && last ? Buffer.concat([last, Buffer.of(0)]) : undefined
        const now = Date.now()
        yield page
          .filter(({ value }) => now < expiresOf(value))
          .map(({ key, value }) => keyOf(key, value))
          .filter((key) => key.startsWith(prefix))
      }
    }
  }
}

function newHead(now: number, kind: HeadKind): Buffer {
  return makeHead(now, randomBytes(HEAD_RANDOM_LENGTH), kind)
}

function sameHead(record: Buffer | undefined, only: Buffer | null): boolean {
  if (only === null || record === undefined) return only === null && record === undefined
  return bytesOf(record).subarray(0, HEAD_LENGTH).equals(only)
}

function endOf(ttl: Ttl, now: number): number {
  return ttl === FOREVER ? Number.POSITIVE_INFINITY : now + ttl
}

function ttlError(ttl: Ttl): StoreError {
  return new StoreError(`A ttl must be a whole number of milliseconds, at least 1; got ${ttl}`)
}
