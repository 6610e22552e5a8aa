import type { Clock } from '../../clock.ts'
import { StoreError, StoreFullError } from '../../errors.ts'
import { UnconditionalStore } from '../network/unconditional-store.ts'
import {
  isTtl,
  meetsCondition,
  STAMP_LENGTH,
  type StampWrite,
  type Store,
  secondsOf,
  type Touch,
  type Ttl,
  ttlError,
  type Write,
} from '../store.ts'
import { readItem, toExpiry, toItemKey, writeItem } from './item.ts'
import type { Answer, Connection } from './meta-protocol.ts'
import type { Servers } from './servers.ts'

/** The result of reading an item. */
interface Read {
  /** Stamp and value; `null`: absent. */
  readonly bytes: Buffer | null
  /** Number that memcached gave its last write (CAS). */
  readonly cas: string | undefined
  /** Seconds until it expires. */
  readonly left: number
}

/**
 * Implements the contract by meta commands. memcached itself checks `ifStamp` (by CAS), one round
 * trip after the stamp was compared. `notAfter` and the clock of stamps are this machine's. So the
 * store is not `conditional`.
 */
export class MemcachedStore extends UnconditionalStore implements Store {
  readonly #servers: Servers
  readonly #maxItemBytes: number

  constructor(servers: Servers, maxItemBytes: number, clock: Clock) {
    super('The memcached store', servers, clock)
    this.#servers = servers
    this.#maxItemBytes = maxItemBytes
  }

  async getMany(keys: readonly string[]): Promise<(Buffer | null | Error)[]> {
    this.checkOpen()
    const found = await this.#read(keys)
    return keys.map((key) => {
      const read = found.get(key) as Read | Error
      return read instanceof Error ? read : read.bytes
    })
  }

  async stampMany(writes: readonly StampWrite[]): Promise<(Buffer | Error)[]> {
    this.checkOpen()
    const stamps = writes.map(({ kind }) => this.machine.stamp(kind))
    const items = writes.map(({ key, ttl, onlyAbsent }, n) => {
      return { key, ttl, parts: [stamps[n] as Buffer], flags: onlyAbsent ? ADD : [] }
    })
    const written = await this.#write(items)
    const found = await this.#read(writes.flatMap(({ key }, n) => (written[n] === false ? [key] : [])))
    return writes.map(({ key }, n) => {
      const result = written[n]
      if (result instanceof Error) return result
      if (result) return stamps[n] as Buffer
      const read = found.get(key)
      if (read instanceof Error) return read
      return read?.bytes?.subarray(0, STAMP_LENGTH) ?? new StoreError('The key was removed meanwhile')
    })
  }

  async setMany(entries: readonly Write[]): Promise<(boolean | Error)[]> {
    this.checkOpen()
    const found = await this.#read(entries.flatMap(({ key, ifStamp }) => (ifStamp ? [key] : [])))
    const refused = entries.map(({ key, ifStamp, notAfter }) => {
      if (notAfter !== undefined && !(this.machine.now() < notAfter)) return false
      if (!ifStamp) return undefined
      const read = found.get(key) as Read | Error
      if (read instanceof Error) return read
      return meetsCondition(ifStamp, read.bytes) ? undefined : false
    })
    const items = entries.flatMap(({ key, value, ttl, ifStamp }, n) => {
      if (refused[n] !== undefined) return []
      const flags = ifStamp ? [`C${(found.get(key) as Read).cas}`] : ifStamp === null ? ADD : []
      return [{ key, ttl, parts: [this.machine.stamp('entry'), value], flags }]
    })
    return fill(refused, await this.#write(items))
  }

  /** Takes two round trips, since memcached can also shorten a TTL. */
  async touchMany(items: readonly Touch[]): Promise<(boolean | Error)[]> {
    this.checkOpen()
    const found = await this.#read(items.map(({ key }) => key))
    const results = items.map(({ key, ttl }) => {
      const read = found.get(key) as Read | Error
      if (!isTtl(ttl)) return ttlError(ttl)
      if (read instanceof Error) return read
      if (!read.bytes) return false
      return read.left < secondsOf(ttl) ? undefined : true
    })
    const shorter = items.filter((_, n) => results[n] === undefined)
    const touched = await this.#send(
      shorter,
      ({ key, ttl }) => `mg ${toItemKey(key)} T${toExpiry(ttl)}`,
      ({ code }) => code === 'HD',
    )
    return fill(results, touched)
  }

  async deleteMany(keys: readonly string[]): Promise<number> {
    this.checkOpen()
    const deleted = await this.#send(
      unique(keys),
      ({ key }) => `md ${toItemKey(key)}`,
      ({ code }) => code === 'HD',
    )
    const failed = deleted.find((answer) => answer instanceof Error)
    if (failed) throw failed
    return deleted.filter((there) => there === true).length
  }

  async clear(): Promise<void> {
    this.checkOpen()
    throw new StoreError(
      'memcached cannot list its keys, so a prefix cannot be cleared: invalidate by a tag, ' +
        'give the cache another release, or empty the servers by flush_all',
    )
  }

  /** Reads keys, each once, in one round trip. */
  async #read(keys: readonly string[]): Promise<ReadonlyMap<string, Read | Error>> {
    const items = unique(keys)
    const read = await this.#send(items, ({ key }) => `mg ${toItemKey(key)} c t v`, readOf)
    return new Map(items.map(({ key }, n) => [key, read[n] as Read | Error]))
  }

  /** Writes items in one round trip. Returns false where a flag did not allow it. */
  async #write(
    items: readonly { key: string; ttl: Ttl; parts: readonly Buffer[]; flags: readonly string[] }[],
  ): Promise<(boolean | Error)[]> {
    return this.#servers.send(items, async (connection, some) => {
      const commands: (string | Buffer)[] = []
      const refused = some.map(({ key, ttl, parts, flags }) => {
        const itemKey = toItemKey(key)
        const bytes = writeItem(key, itemKey, parts)
        if (!isTtl(ttl)) return ttlError(ttl)
        if (bytes.length > this.#maxItemBytes) return tooLarge(bytes.length, this.#maxItemBytes)
        const line = ['ms', itemKey, String(bytes.length), `T${toExpiry(ttl)}`, ...flags].join(' ')
        commands.push(`${line}\r\n`, bytes, '\r\n')
        return undefined
      })
      const answers = await connection.send(commands, undefined, commands.length / 3)
      return fill<boolean | Error>(
        refused,
        answers.map((answer) => writtenOf(answer, connection)),
      )
    })
  }

  /** Sends a command for each item, in one round trip. */
  #send<Item extends { readonly key: string }, Result>(
    items: readonly Item[],
    commandOf: (item: Item) => string,
    read: (answer: Answer, connection: Connection, item: Item) => Result | Error,
  ): Promise<(Result | Error)[]> {
    return this.#servers.send(items, async (connection, some) => {
      const commands = some.map((item) => `${commandOf(item)}\r\n`)
      const answers = await connection.send(commands, undefined, some.length)
      return answers.map((answer, n) => read(answer, connection, some[n] as Item))
    })
  }
}

/** Flag of a write that is made only if the key is absent. */
const ADD = ['ME']

function unique(keys: readonly string[]): { readonly key: string }[] {
  return [...new Set(keys)].map((key) => ({ key }))
}

/** Replaces each `undefined` by the next of the other results. */
function fill<Result>(results: readonly (Result | undefined)[], others: readonly Result[]): Result[] {
  let next = 0
  return results.map((result) => result ?? (others[next++] as Result))
}

function readOf(
  { code, flags, value }: Answer,
  connection: Connection,
  { key }: { readonly key: string },
): Read | Error {
  if (code === 'EN') return { bytes: null, cas: undefined, left: 0 }
  if (code !== 'VA' || !value) return new StoreError(`${connection.server} answered ${code}`)
  const flag = (letter: string) => flags.find((one) => one.startsWith(letter))?.slice(1)
  const left = Number(flag('t'))
  return {
    bytes: readItem(key, toItemKey(key), value),
    cas: flag('c'),
    left: left === -1 ? Number.POSITIVE_INFINITY : left,
  }
}

function writtenOf({ code }: Answer, connection: Connection): boolean | Error {
  if (code === 'HD') return true
  if (code === 'NS' || code === 'EX' || code === 'NF') return false
  const message = `${connection.server} answered ${code}`
  return code.includes('out of memory') ? new StoreFullError(message) : new StoreError(message)
}

function tooLarge(length: number, most: number): StoreError {
  return new StoreError(
    `An item of ${length} bytes is larger than memcached accepts (${most}): ` +
      'start it with -I and raise maxItemBytes, or cache less',
  )
}
