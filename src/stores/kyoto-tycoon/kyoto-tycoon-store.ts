import type { Clock } from '../../clock.ts'
import { StoreError } from '../../errors.ts'
import type { Address } from '../network/pipelined-connection.ts'
import { UnconditionalStore } from '../network/unconditional-store.ts'
import {
  isTtl,
  meetsCondition,
  STAMP_LENGTH,
  type StampWrite,
  type Store,
  secondsOf,
  type Touch,
  ttlError,
  type Write,
} from '../store.ts'
import {
  type Connection,
  type FoundRecord,
  getBulk,
  type NewRecord,
  type Reply,
  removeBulk,
  setBulk,
} from './protocol.ts'
import { callRpc } from './rpc.ts'

/** Number of keys that are listed or removed at a time. */
const PAGE = 1_000

/**
 * Implements the contract by bulk requests. Conditions are checked one round trip before the write,
 * so they may hold for two processes at once. The clock of stamps is this machine's.
 */
export class KyotoTycoonStore extends UnconditionalStore implements Store {
  readonly #connection: Connection
  readonly #address: Address
  readonly #database: number
  readonly #clock: Clock

  constructor(connection: Connection, address: Address, database: number, clock: Clock) {
    super('The Kyoto Tycoon store', connection, clock)
    this.#clock = clock
    this.#connection = connection
    this.#address = address
    this.#database = database
  }

  async getMany(keys: readonly string[]): Promise<(Buffer | null | Error)[]> {
    this.checkOpen()
    const found = await this.#read(keys)
    return keys.map((key) => found.get(key)?.value ?? null)
  }

  async stampMany(stamps: readonly StampWrite[]): Promise<(Buffer | Error)[]> {
    this.checkOpen()
    const there = await this.#read(stamps.flatMap(({ key, onlyAbsent }) => (onlyAbsent ? [key] : [])))
    const records = new Map<string, NewRecord>()
    const results = stamps.map(({ key, kind, ttl, onlyAbsent }) => {
      if (!isTtl(ttl)) return ttlError(ttl)
      const known = onlyAbsent ? (there.get(key)?.value ?? records.get(key)?.value) : undefined
      if (known) return known.subarray(0, STAMP_LENGTH)
      const stamp = this.machine.stamp(kind)
      records.set(key, { key: Buffer.from(key), value: stamp, seconds: secondsOf(ttl) })
      return stamp
    })
    await this.#write([...records.values()])
    return results
  }

  async setMany(entries: readonly Write[]): Promise<(boolean | Error)[]> {
    this.checkOpen()
    const there = await this.#read(
      entries.flatMap(({ key, ifStamp }) => (ifStamp === undefined ? [] : [key])),
    )
    const records: NewRecord[] = []
    const results = entries.map(({ key, value, ttl, ifStamp, notAfter }) => {
      if (!isTtl(ttl)) return ttlError(ttl)
      if (notAfter !== undefined && !(this.machine.now() < notAfter)) return false
      if (ifStamp !== undefined && !meetsCondition(ifStamp, there.get(key)?.value)) return false
      const bytes = Buffer.concat([this.machine.stamp('entry'), value])
      records.push({ key: Buffer.from(key), value: bytes, seconds: secondsOf(ttl) })
      return true
    })
    await this.#write(records)
    return results
  }

  /** Sends a `cas` of the whole value for each key, so that no later write is undone. */
  async touchMany(items: readonly Touch[]): Promise<(boolean | Error)[]> {
    this.checkOpen()
    const found = await this.#read(items.map(({ key }) => key))
    return Promise.all(
      items.map(async ({ key, ttl }) => {
        if (!isTtl(ttl)) return ttlError(ttl)
        const record = found.get(key)
        if (!record) return false
        const seconds = secondsOf(ttl)
        if (record.expires >= this.#clock.wall() / 1000 + seconds) return true
        const { value } = record
        const { status } = await this.#call('cas', [
          ['key', key],
          ['oval', value],
          ['nval', value],
          ['xt', String(Math.min(seconds, NEVER))],
        ])
        if (status === 200) return true
        return status === 450 ? false : new StoreError(`${this.#connection.server} answered ${status} to cas`)
      }),
    )
  }

  async deleteMany(keys: readonly string[]): Promise<number> {
    this.checkOpen()
    if (keys.length === 0) return 0
    const unique = [...new Set(keys)].map((key) => Buffer.from(key))
    const { count } = await this.#send(removeBulk(this.#database, unique))
    return count
  }

  async *keys(prefix: string): AsyncIterable<string> {
    this.checkOpen()
    // All keys at once: a second request would begin with the first key again.
    const keys = (await this.#match(prefix)).map(String)
    for (let from = 0; from < keys.length; from += PAGE) {
      const page = keys.slice(from, from + PAGE)
      const found = await this.#read(page)
      // The server lists expired keys until it removes them.
      yield* page.filter((key) => found.has(key))
    }
  }

  async clear(prefix: string): Promise<void> {
    this.checkOpen()
    for (;;) {
      const keys = await this.#match(prefix, PAGE)
      if (keys.length === 0) return
      const { count } = await this.#send(removeBulk(this.#database, keys))
      // The server lists expired keys, but cannot remove them.
      if (count === 0 && keys.length < PAGE) return
      if (count === 0) throw new StoreError(`${this.#connection.server} lists keys that it does not remove`)
    }
  }

  async #read(keys: readonly string[]): Promise<Map<string, FoundRecord>> {
    if (keys.length === 0) return new Map()
    const unique = [...new Set(keys)].map((key) => Buffer.from(key))
    const { records } = await this.#send(getBulk(this.#database, unique))
    const now = this.#clock.wall() / 1000
    return new Map(
      records
        .filter(({ value, expires }) => value.length >= STAMP_LENGTH && now <= expires + 1)
        .map((record) => [record.key.toString(), record]),
    )
  }

  async #write(records: readonly NewRecord[]): Promise<void> {
    if (records.length === 0) return
    const { count } = await this.#send(setBulk(this.#database, records))
    if (count === records.length) return
    throw new StoreError(
      `${this.#connection.server} stored ${count} of ${records.length} records: ` +
        `is there a database ${this.#database}?`,
    )
  }

  async #send(request: Buffer): Promise<Reply> {
    const [reply] = await this.#connection.send([request], request[0] as number)
    return reply as Reply
  }

  /** Lists the keys that begin with `prefix`. */
  async #match(prefix: string, max?: number): Promise<Buffer[]> {
    const limit = max === undefined ? [] : [['max', String(max)] as const]
    const { columns } = await this.#call('match_prefix', [['prefix', prefix], ...limit])
    return columns.flatMap(([name]) => (name[0] === UNDERSCORE ? [name.subarray(1)] : []))
  }

  #call(procedure: string, columns: readonly (readonly [string, Buffer | string])[]) {
    return callRpc(this.#address, procedure, [['DB', String(this.#database)], ...columns])
  }
}

/** First byte of a column that is a key. */
const UNDERSCORE = '_'.charCodeAt(0)
/** Seconds: the server takes more than 2^40 - 1 for a record that never expires. */
const NEVER = 2 ** 40
