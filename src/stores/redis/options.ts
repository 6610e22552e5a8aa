import type { RedisOptions } from 'ioredis'
import { NotYetError, OptionError } from '../../errors.ts'
import type { RedisClient } from './client.ts'

interface ChunkOptions {
  /** How many keys one `MGET` reads at most; more are pipelined in the same round trip. Default: 1000. */
  readonly chunkSize?: number | undefined
}

/** A connection that the store opens, and closes. */
export interface RedisConnectOptions extends RedisOptions, ChunkOptions {
  /** `redis://user:password@host:port/db`, `rediss://` with TLS, or the path of a socket. Default: `redis://localhost:6379`. */
  readonly url?: string | undefined
  readonly client?: undefined
}

/** A client of yours: the store never closes it, nor changes it. */
export interface RedisClientOptions extends ChunkOptions {
  /** An ioredis client, version 5 or 6; not one that subscribes, or runs commands that block, such as BLPOP. */
  readonly client: RedisClient
}

export type RedisStoreOptions = RedisConnectOptions | RedisClientOptions

/** Options, complete and checked. */
export type ResolvedRedisOptions = { readonly chunkSize: number } & (
  | { readonly client: RedisClient }
  | { readonly client: undefined; readonly url: string | undefined; readonly connect: RedisOptions }
)

const DEFAULT_CHUNK_SIZE = 1000

/** ioredis takes any option, and is silent about one that it does not know: these are the likely slips. */
const MEANT: Readonly<Record<string, string>> = {
  uri: 'url',
  URL: 'url',
  URI: 'url',
  Url: 'url',
  redisUrl: 'url',
  connection: 'url',
  connectionString: 'url',
  redis: 'client',
  socket: 'host and port',
  hostname: 'host',
  user: 'username',
  pass: 'password',
  database: 'db',
  prefix: 'keyPrefix',
  chunk: 'chunkSize',
}

/** @throws OptionError, NotYetError */
export function resolveRedisOptions(options: RedisStoreOptions): ResolvedRedisOptions {
  if (typeof options === 'string') throw new OptionError(`redisStore takes an object: redisStore({ url })`)
  if (typeof options !== 'object' || options === null) {
    throw new OptionError(`redisStore takes an object, such as { url } or { client }; got ${String(options)}`)
  }
  if (isClient(options)) throw new OptionError('redisStore was given a client: write redisStore({ client })')
  for (const name of Object.keys(options)) {
    if (name === 'nodes' || name === 'cluster')
      throw new NotYetError('redisStore does not know Redis Cluster yet')
    const meant = Object.hasOwn(MEANT, name) ? MEANT[name] : undefined
    if (meant) throw new OptionError(`redisStore has no option "${name}": ${meant} is meant`)
  }
  const { chunkSize = DEFAULT_CHUNK_SIZE, ...others } = options
  if (!Number.isSafeInteger(chunkSize) || chunkSize < 1) {
    throw new OptionError(
      `redisStore: chunkSize must be a whole number, at least 1; got ${String(chunkSize)}`,
    )
  }
  if ('client' in others && others.client !== undefined) {
    const { client, ...rest } = others
    const more = Object.keys(rest)
    if (more.length > 0) {
      throw new OptionError(
        `redisStore: a client that is handed in is connected by its own options; drop ${more.join(', ')}`,
      )
    }
    return { chunkSize, client: checkClient(client) }
  }
  if ('client' in options && Object.keys(options).length === 1) {
    throw new OptionError('redisStore: client is undefined; hand in an ioredis client, or a url')
  }
  const { url, client: _, ...connect } = others
  return { chunkSize, client: undefined, url: checkUrl(url), connect }
}

function checkClient(client: RedisClient): RedisClient {
  if (!isClient(client)) {
    const other = typeof client === 'object' && client !== null && 'mGet' in client
    throw new OptionError(
      `redisStore: client must be an ioredis client${other ? '; this one looks like the package "redis"' : ''}`,
    )
  }
  if (client.isCluster)
    throw new NotYetError('redisStore does not know Redis Cluster yet: hand in a client of one server')
  return client
}

function isClient(value: object): value is RedisClient {
  return typeof value === 'object' && value !== null && 'mgetBuffer' in value && 'status' in value
}

/** The url itself is not shown: a password is in it as often as not. */
function checkUrl(url: string | undefined): string | undefined {
  if (url === undefined) return undefined
  const allowed = 'redis://user:password@host:port/db, rediss://..., or the path of a socket'
  if (typeof url !== 'string')
    throw new OptionError(`redisStore: url must be ${allowed}; got a ${typeof url}`)
  if (url.startsWith('/')) return url
  const given = /^([a-z][a-z0-9+.-]*):\/\//i.exec(url)?.[1]
  if (given !== 'redis' && given !== 'rediss') {
    throw new OptionError(
      `redisStore: url must be ${allowed}; got ${url === '' ? 'an empty text' : given ? `one of ${given}://` : 'one without redis://'}`,
    )
  }
  if (!URL.canParse(url)) {
    throw new OptionError(
      `redisStore: url cannot be read; it must be ${allowed} (a password's / ? # @ are written %2F %3F %23 %40)`,
    )
  }
  return url
}
