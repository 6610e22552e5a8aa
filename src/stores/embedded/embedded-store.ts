import { type Clock, nextTurn, processClock, type Timer } from '../../clock.ts'
import { ClosedError, messageOf, StoreError, StoreFullError } from '../../errors.ts'
import { MachineClock } from '../machine-clock.ts'
import {
  isTtl,
  makeStamp,
  meetsCondition,
  STAMP_LENGTH,
  type StampWrite,
  type Store,
  type StoreCapabilities,
  type Touch,
  ttlError,
  type Write,
} from '../store.ts'
import type { Table } from './table.ts'

/** Interval between removals of expired records, in ms. */
const SWEEP_EVERY = 1_000
/** Number of writes after which the size is checked. */
const CHECK_AFTER = 64
/** Most steps of eviction in one go. */
const MOST_EVICTIONS = 500

/**
 * Implements the contract over a table in a file that all processes of a machine share. One of them
 * writes at a time.
 */
export class EmbeddedStore implements Store {
  readonly capabilities: StoreCapabilities = { shared: true, conditional: true, ttlPrecision: 1 }
  readonly #table: Table
  readonly #maxBytes: number
  readonly #clock: Clock
  /** The processes of a machine share its clock. */
  readonly #machine: MachineClock
  readonly #timer: Timer
  #writes = 0
  /** Bytes written since the size was checked. */
  #bytes = 0
  #closed: Promise<void> | undefined

  constructor(table: Table, maxBytes: number, clock: Clock = processClock) {
    this.#table = table
    this.#maxBytes = maxBytes
    this.#clock = clock
    this.#machine = new MachineClock(clock)
    this.#timer = clock.setInterval(() => this.#sweep(), SWEEP_EVERY).unref()
  }

  async getMany(keys: readonly string[]): Promise<(Buffer | null | Error)[]> {
    this.#open()
    if (keys.length === 0) return []
    try {
      return this.#table.readMany(keys, this.#machine.now())
    } catch (cause) {
      throw this.#failure(cause)
    }
  }

  async stampMany(stamps: readonly StampWrite[]): Promise<(Buffer | Error)[]> {
    return this.#write(stamps, ({ key, kind, ttl, onlyAbsent }, now) => {
      if (!isTtl(ttl)) return ttlError(ttl)
      const there = onlyAbsent ? this.#table.readOne(key, now) : undefined
      if (there) return there.subarray(0, STAMP_LENGTH)
      const stamp = makeStamp(now, kind)
      this.#table.put(key, ttl, now, [stamp])
      return stamp
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
      this.#table.put(key, ttl, now, [makeStamp(now, 'entry'), value])
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
    return this.#machine.now()
  }

  close(): Promise<void> {
    this.#clock.clearInterval(this.#timer)
    this.#closed ??= Promise.resolve(this.#table.close())
    return this.#closed
  }

  #open(): void {
    if (this.#closed) throw new ClosedError(`The ${this.#table.name} store`)
  }

  /** Writes all items in one transaction. If it fails, its error is the result of each. */
  #write<Item, Answer>(
    items: readonly Item[],
    write: (item: Item, now: number) => Answer,
  ): (Answer | StoreError)[] {
    this.#open()
    if (items.length === 0) return []
    try {
      const answers = this.#table.transaction(() => {
        const now = this.#machine.now()
        return items.map((item) => write(item, now))
      })
      this.#writes += items.length
      if (this.#writes >= CHECK_AFTER || this.#bytes > this.#maxBytes / 16) this.#makeRoom()
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
    for (let turns = 0; turns < MOST_EVICTIONS && this.#table.used > enough; turns++)
      this.#table.evictOldest(this.#machine.now())
  }

  #sweep(): void {
    try {
      this.#table.removeExpired(this.#machine.now())
      this.#makeRoom()
    } catch {
      // The next one will do it: nothing depends on when.
    }
  }

  /** Lets other calls run between two pages. */
  async *#pages(prefix: string): AsyncGenerator<string[], void, void> {
    this.#open()
    for (const page of this.#table.pages(prefix, this.#machine.now())) {
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

/** Messages of LMDB and SQLite for a file or a disk that is full. */
const FULL = /MDB_MAP_FULL|SQLITE_FULL|database or disk is full|ENOSPC|No space left/
