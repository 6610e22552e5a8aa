import { randomBytes } from 'node:crypto'
import { type Clock, nextTurn, processClock, type Timer } from '../../clock.ts'
import { ClosedError, messageOf, StoreError, StoreFullError } from '../../errors.ts'
import {
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
  ttlError,
  type Write,
} from '../store.ts'
import type { Table } from './table.ts'

/** How often what has ended is removed, in milliseconds. */
const SWEEP_EVERY = 1_000
/** After how many writes the size is looked at, and how often room is made in one go. */
const LOOK_AFTER = 64
const MOST_TURNS = 500

/** The contract of a store, over a table in a file that all processes of a machine share: one of them writes at a time. */
export class EmbeddedStore implements Store {
  readonly capabilities: StoreCapabilities = { shared: true, conditional: true, ttlPrecision: 1 }
  readonly #table: Table
  readonly #maxBytes: number
  readonly #clock: Clock
  readonly #timer: Timer
  #writes = 0
  /** Bytes written since room was looked for. */
  #bytes = 0
  #last = 0
  #closed: Promise<void> | undefined

  constructor(table: Table, maxBytes: number, clock: Clock = processClock) {
    this.#table = table
    this.#maxBytes = maxBytes
    this.#clock = clock
    this.#timer = clock.setInterval(() => this.#sweep(), SWEEP_EVERY).unref()
  }

  async getMany(keys: readonly string[]): Promise<(Buffer | null | Error)[]> {
    this.#open()
    if (keys.length === 0) return []
    try {
      return this.#table.readMany(keys, this.#now())
    } catch (cause) {
      throw this.#failure(cause)
    }
  }

  async stampMany(stamps: readonly StampWrite[]): Promise<(Buffer | Error)[]> {
    return this.#write(stamps, ({ key, kind, ttl, onlyAbsent }, now) => {
      if (!isTtl(ttl)) return ttlError(ttl)
      const there = onlyAbsent ? this.#table.readOne(key, now) : undefined
      if (there) return there.subarray(0, STAMP_LENGTH)
      const head = newHead(now, kind)
      this.#table.put(key, ttl, now, [head])
      return head
    })
  }

  async setMany(entries: readonly Write[]): Promise<(boolean | Error)[]> {
    return this.#write(entries, ({ key, value, ttl, ifStamp, notAfter }, now) => {
      if (!isTtl(ttl)) return ttlError(ttl)
      if (value.length > this.#maxBytes / 4) {
        return new StoreError(
          `A value of ${value.length} bytes is more than a fourth of the store's maxBytes (${this.#maxBytes})`,
        )
      }
      if (notAfter !== undefined && !(now < notAfter)) return false
      if (ifStamp !== undefined && !meetsCondition(ifStamp, this.#table.readOne(key, now))) return false
      this.#table.put(key, ttl, now, [newHead(now, 'entry'), value])
      this.#bytes += value.length
      return true
    })
  }

  async touchMany(items: readonly Touch[]): Promise<(boolean | Error)[]> {
    return this.#write(items, ({ key, ttl }, now) => {
      if (!isTtl(ttl)) return ttlError(ttl)
      if (!this.#table.readOne(key, now)) return false
      this.#table.touch(key, ttl, now)
      return true
    })
  }

  async deleteMany(keys: readonly string[]): Promise<number> {
    const deleted = this.#write(keys, (key, now) => {
      const there = this.#table.readOne(key, now) !== undefined
      this.#table.remove(key)
      return there
    })
    const failed = deleted.find((answer) => answer instanceof Error)
    if (failed) throw failed
    return deleted.filter((there) => there === true).length
  }

  async *keys(prefix: string): AsyncIterable<string> {
    for await (const page of this.#pages(prefix)) yield* page
  }

  async clear(prefix: string): Promise<void> {
    for await (const page of this.#pages(prefix)) {
      const [answer] = this.#write(page, (key) => this.#table.remove(key))
      if (answer instanceof Error) throw answer
    }
  }

  async clock(): Promise<number> {
    this.#open()
    return this.#now()
  }

  close(): Promise<void> {
    this.#clock.clearInterval(this.#timer)
    this.#closed ??= Promise.resolve(this.#table.close())
    return this.#closed
  }

  #open(): void {
    if (this.#closed) throw new ClosedError(`The ${this.#table.name} store`)
  }

  /** The clock of the machine, which all its processes share: in whole milliseconds. It does not step back here. */
  #now(): number {
    this.#last = Math.max(this.#last, this.#clock.wall())
    return this.#last
  }

  /** One transaction for all; what is refused is the answer for all. */
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
      if (this.#writes >= LOOK_AFTER || this.#bytes > this.#maxBytes / 16) this.#makeRoom()
      return answers
    } catch (cause) {
      const error = this.#failure(cause)
      return items.map(() => error)
    }
  }

  #makeRoom(): void {
    this.#writes = 0
    this.#bytes = 0
    if (this.#table.used <= this.#maxBytes) return
    const enough = this.#maxBytes * 0.9
    for (let turns = 0; turns < MOST_TURNS && this.#table.used > enough; turns++)
      this.#table.removeFirst(this.#now())
  }

  #sweep(): void {
    try {
      this.#table.removeEnded(this.#now())
      this.#makeRoom()
    } catch {
      // Another time. Nothing depends on it.
    }
  }

  /** Others are served between two pages. */
  async *#pages(prefix: string): AsyncGenerator<string[], void, void> {
    this.#open()
    for (const page of this.#table.pages(prefix, this.#now())) {
      yield page
      await nextTurn()
      this.#open()
    }
  }

  #failure(cause: unknown): StoreError {
    const message = `${this.#table.name}: ${messageOf(cause)}`
    return FULL.test(message) ? new StoreFullError(message, { cause }) : new StoreError(message, { cause })
  }
}

/** What LMDB and SQLite say of a file, or of a disk, that is full. */
const FULL = /MDB_MAP_FULL|SQLITE_FULL|database or disk is full|ENOSPC|No space left/

function newHead(now: number, kind: StampKind): Buffer {
  return makeStamp(now, randomBytes(STAMP_RANDOM_LENGTH), kind)
}
