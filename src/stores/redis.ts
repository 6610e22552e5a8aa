import { randomFillSync } from 'node:crypto'
import { Redis } from 'ioredis'
import type { StoreError } from '../errors.ts'
import { scriptFailure } from './redis/failure.ts'
import { RedisLink } from './redis/link.ts'
import { type RedisStoreOptions, resolveRedisOptions } from './redis/options.ts'
import { ABSENT, ANY, STAMP, TOUCH, WRITE } from './redis/scripts.ts'
import {
  HEAD_KIND,
  HEAD_RANDOM_LENGTH,
  type HeadKind,
  type Stamp,
  type Store,
  type StoreKeeps,
  type Touch,
  type Write,
} from './store.ts'

export type { RedisClient } from './redis/client.ts'
export type { RedisClientOptions, RedisConnectOptions, RedisStoreOptions } from './redis/options.ts'

/** A script keeps the server from all else while it runs: one call takes so many keys, and about so many bytes. */
const SCRIPT_KEYS = 64
const SCRIPT_BYTES = 256 * 1024
/** How many keys one step of a SCAN looks at. */
const SCAN_COUNT = 1000

/** For a connection of ours. What the user gives wins. */
const CONNECT_OPTIONS = {
  // A page does not wait for a server that is gone, and its commands are worth nothing later.
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  connectTimeout: 5_000,
  keepAlive: 10_000,
  /** 50 ms, doubled up to a second; spread, so that the processes of a site don't come back all at once. */
  retryStrategy: (times: number) => Math.min(50 * 2 ** (times - 1), 1_000) * (0.75 + Math.random() / 2),
}

/** The store reads answers in one shape, whatever version of ioredis and of the protocol. */
const ANSWERS = { replyMapping: 'legacy' } as const

/**
 * A store in one Redis server, 6.2 or later.
 *
 * Connects at once, and again by itself. A call fails with a StoreError at once where there is no connection
 * (the first connection is waited for, up to a second), and with a StoreTimeoutError where the server has been
 * silent for a second.
 * @throws OptionError
 */
export function redisStore(options: RedisStoreOptions = {}): Store {
  const { chunkSize, ...given } = resolveRedisOptions(options)
  if (given.client) return new RedisStore(new RedisLink(given.client, false), chunkSize)
  const connect = { ...CONNECT_OPTIONS, ...given.connect, ...ANSWERS }
  const client = given.url === undefined ? new Redis(connect) : new Redis(given.url, connect)
  return new RedisStore(new RedisLink(client, true), chunkSize)
}

class RedisStore implements Store {
  readonly keeps: StoreKeeps = { shared: true, conditional: true, ttlPrecision: 1 }
  readonly #link: RedisLink
  readonly #chunkSize: number

  constructor(link: RedisLink, chunkSize: number) {
    this.#link = link
    this.#chunkSize = chunkSize
  }

  async getMany(keys: readonly string[]): Promise<(Buffer | null | Error)[]> {
    return this.#each(chunksOf(keys, this.#chunkSize), (chunk) =>
      this.#link.send((client) => client.mgetBuffer(chunk)),
    )
  }

  async stampMany(stamps: readonly Stamp[]): Promise<(Buffer | Error)[]> {
    return this.#each(chunksOf(stamps, SCRIPT_KEYS), async (chunk) => {
      const args: (string | Buffer)[] = [headTails(chunk.map(({ kind }) => kind))]
      for (const { ttl, onlyAbsent } of chunk) args.push(String(ttl), onlyAbsent ? '1' : '0')
      const answers = await this.#link.run(STAMP, keysOf(chunk), args)
      return answers.map((answer) =>
        Array.isArray(answer) ? Buffer.from(answer.map(Number)) : this.#failure(String(answer)),
      )
    })
  }

  async setMany(entries: readonly Write[]): Promise<(boolean | Error)[]> {
    return this.#each(scriptBatches(entries), async (batch) => {
      const args: (string | Buffer)[] = [headTails(batch.map(() => 'entry'))]
      for (const { ttl, until, only, value } of batch) {
        const there = only === undefined ? ANY : (only ?? ABSENT)
        args.push(String(ttl), until === undefined ? '' : String(until), there, value)
      }
      return this.#done(await this.#link.run(WRITE, keysOf(batch), args))
    })
  }

  async touchMany(items: readonly Touch[]): Promise<(boolean | Error)[]> {
    return this.#each(chunksOf(items, SCRIPT_KEYS), async (chunk) => {
      const ttls = chunk.map(({ ttl }) => String(ttl))
      return this.#done(await this.#link.run(TOUCH, keysOf(chunk), ttls))
    })
  }

  async deleteMany(keys: readonly string[]): Promise<number> {
    this.#link.checkOpen()
    const chunks = chunksOf(keys, this.#chunkSize)
    const counts = await Promise.all(chunks.map((chunk) => this.#link.send((client) => client.unlink(chunk))))
    return counts.reduce((sum, count) => sum + Number(count), 0)
  }

  async *keys(prefix: string): AsyncIterable<string> {
    for await (const page of this.#scan(prefix)) yield* page
  }

  async clear(prefix: string): Promise<void> {
    for await (const page of this.#scan(prefix)) await this.deleteMany(page)
  }

  async clock(): Promise<number> {
    const [seconds, micros] = await this.#link.send((client) => client.time())
    return Number(seconds) * 1000 + Number(micros) / 1000
  }

  close(): Promise<void> {
    return this.#link.close()
  }

  /** Sends all batches at once; errors stand for the keys of a batch that failed, where not all of them did. */
  async #each<T, A>(batches: T[][], send: (batch: T[]) => Promise<A[]>): Promise<(A | Error)[]> {
    this.#link.checkOpen()
    if (batches.length === 1) return send(batches[0] as T[])
    const results = await Promise.allSettled(batches.map(send))
    if (batches.length > 0 && results.every(({ status }) => status === 'rejected')) {
      throw (results[0] as PromiseRejectedResult).reason
    }
    return results.flatMap<A | Error>((result, i) =>
      result.status === 'fulfilled' ? result.value : (batches[i] as T[]).map(() => result.reason as Error),
    )
  }

  /** Pages of keys that begin with `prefix`, as this store names them. */
  async *#scan(prefix: string): AsyncIterable<string[]> {
    this.#link.checkOpen()
    const { keyPrefix } = this.#link
    const pattern = `${escapeGlob(keyPrefix + prefix)}*`
    const skip = Buffer.byteLength(keyPrefix)
    let cursor = '0'
    do {
      const [next, found] = await this.#link.send((client) =>
        client.scanBuffer(cursor, 'MATCH', pattern, 'COUNT', SCAN_COUNT),
      )
      cursor = next.toString()
      yield found.map((key) => key.toString('utf8', skip))
    } while (cursor !== '0')
  }

  /** What WRITE and TOUCH answered for each key: 1, 0, or the text of an error. */
  #done(answers: unknown[]): (boolean | Error)[] {
    return answers.map((answer) => {
      const number = Number(answer) // a client with `stringNumbers` answers them as text, too
      return Number.isNaN(number) ? this.#failure(String(answer)) : number === 1
    })
  }

  #failure(text: string): StoreError {
    this.#link.leaveReplica(text)
    return scriptFailure(this.#link.server, text)
  }
}

/** What a client adds to the heads of a batch: for each, random bytes drawn anew and the kind. */
function headTails(kinds: readonly HeadKind[]): Buffer {
  const size = HEAD_RANDOM_LENGTH + 1
  const tails = randomFillSync(Buffer.allocUnsafe(kinds.length * size))
  kinds.forEach((kind, i) => {
    tails[i * size + HEAD_RANDOM_LENGTH] = HEAD_KIND[kind]
  })
  return tails
}

function keysOf(items: readonly { readonly key: string }[]): string[] {
  return items.map(({ key }) => key)
}

function chunksOf<T>(items: readonly T[], size: number): T[][] {
  const chunks: T[][] = []
  for (let i = 0; i < items.length; i += size) chunks.push(items.slice(i, i + size))
  return chunks
}

function scriptBatches(entries: readonly Write[]): Write[][] {
  const batches: Write[][] = []
  let bytes = 0
  for (const entry of entries) {
    const last = batches.at(-1)
    if (last && last.length < SCRIPT_KEYS && bytes + entry.value.length <= SCRIPT_BYTES) {
      last.push(entry)
      bytes += entry.value.length
    } else {
      batches.push([entry])
      bytes = entry.value.length
    }
  }
  return batches
}

/** `* ? [ ] \` mean something in a SCAN pattern; keys hold them as themselves. */
function escapeGlob(text: string): string {
  return text.replace(/[*?[\]\\]/g, '\\$&')
}
