import { randomBytes } from 'node:crypto'
import type { Clock } from '../../clock.ts'
import { ClosedError, StoreError, StoreFullError } from '../../errors.ts'
import {
  isTtl,
  makeStamp,
  STAMP_LENGTH,
  STAMP_RANDOM_LENGTH,
  type StampKind,
  type StampWrite,
  type Store,
  type StoreCapabilities,
  type Touch,
  type Ttl,
  ttlError,
  type Write,
} from '../store.ts'
import { readItem, toExpiry, toItemKey, writeItem } from './item.ts'
import type { Answer, Connection } from './meta-protocol.ts'
import type { Servers } from './servers.ts'

/** An item that was read: head and value, memcached's number of its last write (CAS), and the seconds that are left. */
interface Read {
  readonly bytes: Buffer | null
  readonly cas: string | undefined
  readonly left: number
}

/**
 * The contract of a store, in meta commands. `ifStamp` is checked by memcached itself (CAS), one round trip after what it compares
 * was read; `notAfter`, and the clock in heads, are this machine's: so it does not keep `conditional`.
 */
export class MemcachedStore implements Store {
  readonly capabilities: StoreCapabilities = { shared: true, conditional: false, ttlPrecision: 1000 }
  readonly #servers: Servers
  readonly #maxItemBytes: number
  readonly #clock: Clock
  #last = 0
  #closed = false

  constructor(servers: Servers, maxItemBytes: number, clock: Clock) {
    this.#clock = clock
    this.#servers = servers
    this.#maxItemBytes = maxItemBytes
  }

  async getMany(keys: readonly string[]): Promise<(Buffer | null | Error)[]> {
    this.#open()
    const found = await this.#read(keys)
    return found.map((read) => (read instanceof Error ? read : read.bytes))
  }

  async stampMany(stamps: readonly StampWrite[]): Promise<(Buffer | Error)[]> {
    this.#open()
    const heads = stamps.map(({ kind }) => this.#head(kind))
    const items = stamps.map(({ key, ttl, onlyAbsent }, n) => {
      return { key, ttl, parts: [heads[n] as Buffer], flags: onlyAbsent ? ['ME'] : [] }
    })
    const written = await this.#write(items)
    const there = stamps.filter((_, n) => written[n] === false).map(({ key }) => key)
    const found = new Map((await this.#read(there)).map((read, n) => [there[n], read]))
    return stamps.map(({ key }, n) => {
      const result = written[n]
      if (result instanceof Error) return result
      if (result) return heads[n] as Buffer
      const read = found.get(key)
      if (read instanceof Error) return read
      return read?.bytes?.subarray(0, STAMP_LENGTH) ?? new StoreError('It was there, and is gone')
    })
  }

  async setMany(entries: readonly Write[]): Promise<(boolean | Error)[]> {
    this.#open()
    const compared = entries.flatMap(({ key, ifStamp }) => (ifStamp ? [key] : []))
    const seen = new Map((await this.#read(compared)).map((read, n) => [compared[n], read]))
    const refused = new Map<number, boolean | Error>()
    const items = entries.flatMap(({ key, value, ttl, ifStamp, notAfter }, n) => {
      const flags = ifStamp === null ? ['ME'] : []
      if (ifStamp) {
        const read = seen.get(key)
        const isSame =
          read && !(read instanceof Error) && read.bytes?.subarray(0, STAMP_LENGTH).equals(ifStamp)
        if (isSame) flags.push(`C${read.cas}`)
        else refused.set(n, read instanceof Error ? read : false)
      }
      if (notAfter !== undefined && !(this.#now() < notAfter)) refused.set(n, false)
      return refused.has(n) ? [] : [{ key, ttl, parts: [this.#head('entry'), value], flags }]
    })
    const written = await this.#write(items)
    let next = 0
    return entries.map((_, n) => refused.get(n) ?? (written[next++] as boolean | Error))
  }

  /** Two round trips: memcached sets a life, whatever it was. */
  async touchMany(items: readonly Touch[]): Promise<(boolean | Error)[]> {
    this.#open()
    const wrong = items.map(({ ttl }) => (isTtl(ttl) ? undefined : ttlError(ttl)))
    const found = await this.#read(items.map(({ key }) => key))
    const short = items.filter(({ ttl }, n) => {
      const read = found[n]
      return !wrong[n] && !(read instanceof Error) && read?.bytes && read.left < secondsOf(ttl)
    })
    const touched = await this.#servers.send(short, async (connection, some) => {
      const commands = some.map(({ key, ttl }) => `mg ${toItemKey(key)} T${toExpiry(ttl)}\r\n`)
      return (await connection.send(commands, undefined, some.length)).map(({ code }) => code === 'HD')
    })
    const results = new Map(short.map((item, n) => [item, touched[n] as boolean | Error]))
    return items.map((item, n) => {
      const read = found[n]
      if (wrong[n]) return wrong[n]
      if (read instanceof Error) return read
      return results.get(item) ?? (read?.bytes ?? null) !== null
    })
  }

  async deleteMany(keys: readonly string[]): Promise<number> {
    this.#open()
    const items = [...new Set(keys)].map((key) => ({ key }))
    const deleted = await this.#servers.send(items, async (connection, some) => {
      const commands = some.map(({ key }) => `md ${toItemKey(key)}\r\n`)
      const answers = await connection.send(commands, undefined, some.length)
      return answers.map(({ code }) => code === 'HD')
    })
    const failed = deleted.find((answer) => answer instanceof Error)
    if (failed) throw failed
    return deleted.filter((there) => there === true).length
  }

  async clear(): Promise<void> {
    this.#open()
    throw new StoreError(
      'memcached cannot list its keys, so a prefix cannot be cleared: invalidate by a tag, give the cache another release, or ' +
        'empty the servers by flush_all',
    )
  }

  async clock(): Promise<number> {
    this.#open()
    return this.#now()
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#servers.close()
  }

  #open(): void {
    if (this.#closed) throw new ClosedError('The memcached store')
  }

  /** The clock of this machine, in whole milliseconds. It does not step back here. */
  #now(): number {
    this.#last = Math.max(this.#last, this.#clock.wall())
    return this.#last
  }

  #head(kind: StampKind): Buffer {
    return makeStamp(this.#now(), randomBytes(STAMP_RANDOM_LENGTH), kind)
  }

  /** Reads keys, each once, in one round trip. */
  async #read(keys: readonly string[]): Promise<(Read | Error)[]> {
    if (keys.length === 0) return []
    const items = [...new Set(keys)].map((key) => ({ key }))
    const read = await this.#servers.send(items, async (connection, some) => {
      const commands = some.map(({ key }) => `mg ${toItemKey(key)} c t v\r\n`)
      const answers = await connection.send(commands, undefined, some.length)
      return answers.map((answer, n) => readOf(connection, (some[n] as { key: string }).key, answer))
    })
    const byKey = new Map(items.map(({ key }, n) => [key, read[n] as Read | Error]))
    return keys.map((key) => byKey.get(key) as Read | Error)
  }

  /** Writes items in one round trip. `false`: its condition did not hold. */
  async #write(
    items: readonly { key: string; ttl: Ttl; parts: readonly Buffer[]; flags: readonly string[] }[],
  ): Promise<(boolean | Error)[]> {
    if (items.length === 0) return []
    return this.#servers.send(items, async (connection, some) => {
      const results: (boolean | Error | undefined)[] = []
      const commands = some.flatMap(({ key, ttl, parts, flags }, n) => {
        const itemKey = toItemKey(key)
        const bytes = writeItem(key, itemKey, parts)
        if (!isTtl(ttl)) results[n] = ttlError(ttl)
        else if (bytes.length > this.#maxItemBytes) results[n] = tooLarge(bytes.length, this.#maxItemBytes)
        if (results[n]) return []
        const line = ['ms', itemKey, String(bytes.length), `T${toExpiry(ttl)}`, ...flags].join(' ')
        return [`${line}\r\n`, bytes, '\r\n']
      })
      const answers = await connection.send(commands, undefined, commands.length / 3)
      let next = 0
      return some.map((_, n) => results[n] ?? writtenOf(connection, answers[next++] as Answer))
    })
  }
}

function readOf(connection: Connection, key: string, { code, flags, value }: Answer): Read | Error {
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

function writtenOf(connection: Connection, { code }: Answer): boolean | Error {
  if (code === 'HD') return true
  if (code === 'NS' || code === 'EX' || code === 'NF') return false
  const message = `${connection.server} answered ${code}`
  return code.includes('out of memory') ? new StoreFullError(message) : new StoreError(message)
}

function secondsOf(ttl: Ttl): number {
  return ttl === 'forever' ? Number.POSITIVE_INFINITY : Math.ceil(ttl / 1000)
}

function tooLarge(length: number, most: number): StoreError {
  return new StoreError(
    `An item of ${length} bytes is larger than memcached takes (${most}): start it with -I and raise maxItemBytes, or cache less`,
  )
}
