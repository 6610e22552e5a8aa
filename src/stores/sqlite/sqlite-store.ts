import { randomBytes } from 'node:crypto'
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
import type { SqliteDatabase } from './database.ts'
import { Table } from './table.ts'

/** How often what has ended is removed, in milliseconds. */
const SWEEP_EVERY = 1_000
/** After how many writes the size is looked at, and how often room is made in one go. */
const LOOK_AFTER = 64
const MOST_TURNS = 50

/** The contract of a store, in transactions of SQLite: of all processes, one writes at a time. */
export class SqliteStore implements Store {
  readonly keeps: StoreKeeps = { shared: true, conditional: true, ttlPrecision: 1 }
  readonly #table: Table
  readonly #maxBytes: number
  readonly #ours: boolean
  readonly #timer: NodeJS.Timeout
  #writes = 0
  #last = 0
  #closed = false

  /** @param ours whether the database is closed with the store. @throws what SQLite throws */
  constructor(database: SqliteDatabase, maxBytes: number, ours: boolean) {
    this.#table = new Table(database)
    this.#maxBytes = maxBytes
    this.#ours = ours
    this.#timer = setInterval(() => this.#sweep(), SWEEP_EVERY).unref()
  }

  async getMany(keys: readonly string[]): Promise<(Buffer | null | Error)[]> {
    this.#open()
    if (keys.length === 0) return []
    try {
      return this.#table.readMany(keys.map(asBytes), Date.now())
    } catch (cause) {
      throw failure(cause)
    }
  }

  async stampMany(stamps: readonly Stamp[]): Promise<(Buffer | Error)[]> {
    return this.#write(stamps, ({ key, kind, ttl, onlyAbsent }, now) => {
      if (!isTtl(ttl)) return ttlError(ttl)
      const bytes = asBytes(key)
      const there = onlyAbsent ? this.#table.readOne(bytes, now) : undefined
      if (there) return there.subarray(0, HEAD_LENGTH)
      const head = newHead(now, kind)
      this.#table.put(bytes, endOf(ttl, now), head)
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
      const bytes = asBytes(key)
      if (only !== undefined && !sameHead(this.#table.readOne(bytes, now), only)) return false
      this.#table.put(bytes, endOf(ttl, now), Buffer.concat([newHead(now, 'entry'), value]))
      return true
    })
  }

  async touchMany(items: readonly Touch[]): Promise<(boolean | Error)[]> {
    return this.#write(items, ({ key, ttl }, now) => {
      if (!isTtl(ttl)) return ttlError(ttl)
      const bytes = asBytes(key)
      if (!this.#table.readOne(bytes, now)) return false
      this.#table.touch(bytes, endOf(ttl, now))
      return true
    })
  }

  async deleteMany(keys: readonly string[]): Promise<number> {
    const deleted = this.#write(keys, (key, now) => {
      const bytes = asBytes(key)
      const there = this.#table.readOne(bytes, now) !== undefined
      this.#table.remove(bytes)
      return there
    })
    const failed = deleted.find((answer) => answer instanceof Error)
    if (failed) throw failed
    return deleted.filter((there) => there === true).length
  }

  async *keys(prefix: string): AsyncIterable<string> {
    for await (const page of this.#pages(prefix)) yield* page.map(String)
  }

  async clear(prefix: string): Promise<void> {
    for await (const page of this.#pages(prefix)) this.#write(page, (key) => this.#table.remove(key))
  }

  async clock(): Promise<number> {
    this.#open()
    return this.#now()
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    clearInterval(this.#timer)
    if (this.#ours) this.#table.close()
  }

  #open(): void {
    if (this.#closed) throw new ClosedError('The SQLite store')
  }

  /** The clock of the machine, which all its processes share. It does not step back here. */
  #now(): number {
    this.#last = Math.max(this.#last, Date.now())
    return this.#last
  }

  /** One transaction for all; what SQLite refuses is the answer for all. */
  #write<Item, Answer>(
    items: readonly Item[],
    write: (item: Item, now: number) => Answer,
  ): (Answer | StoreError)[] {
    this.#open()
    if (items.length === 0) return []
    try {
      const answers = this.#table.transaction(() => {
        const now = this.#now()
        return items.map((item) => write(item, now))
      })
      this.#writes += items.length
      if (this.#writes >= LOOK_AFTER) this.#makeRoom()
      return answers
    } catch (cause) {
      const error = failure(cause)
      return items.map(() => error)
    }
  }

  #makeRoom(): void {
    this.#writes = 0
    if (this.#table.used <= this.#maxBytes) return
    const enough = this.#maxBytes * 0.9
    this.#table.transaction(() => {
      for (let turns = 0; turns < MOST_TURNS && this.#table.used > enough; turns++) this.#table.removeFirst()
    })
  }

  #sweep(): void {
    try {
      this.#table.removeEnded(Date.now())
      this.#makeRoom()
    } catch {
      // Another time. Nothing depends on it.
    }
  }

  /** Keys that begin with a text, page by page; each page is read anew. */
  async *#pages(prefix: string): AsyncGenerator<Buffer[], void, void> {
    this.#open()
    const text = asBytes(prefix)
    const end = Buffer.concat([text, END])
    const exact = this.#table.readOne(text, Date.now())
    if (exact && prefix !== '') yield [text]
    for (let after: Buffer | undefined = text; after; ) {
      this.#open()
      const page: Buffer[] = this.#table.keysAfter(after, end, Date.now())
      after = page.at(-1)
      if (page.length > 0) yield page
      await new Promise(setImmediate)
    }
  }
}

/** UTF-8 has no such byte. */
const END = Buffer.of(0xff)

function asBytes(key: string): Buffer {
  return Buffer.from(key)
}

function newHead(now: number, kind: HeadKind): Buffer {
  return makeHead(now, randomBytes(HEAD_RANDOM_LENGTH), kind)
}

function sameHead(value: Buffer | undefined, only: Buffer | null): boolean {
  if (only === null || value === undefined) return only === null && value === undefined
  return value.subarray(0, HEAD_LENGTH).equals(only)
}

/** SQLite has no infinity that every driver takes. */
function endOf(ttl: Ttl, now: number): number {
  return ttl === FOREVER ? Number.MAX_VALUE : now + ttl
}

function failure(cause: unknown): StoreError {
  return new StoreError(`SQLite: ${cause instanceof Error ? cause.message : cause}`, { cause })
}

function ttlError(ttl: Ttl): StoreError {
  return new StoreError(`A ttl must be a whole number of milliseconds, at least 1; got ${ttl}`)
}
