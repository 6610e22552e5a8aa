import type { ClusterOptions, RedisOptions } from 'ioredis'
import { OptionError } from '../../errors.ts'
import { isClusterClient, type RedisClient } from '../../redis/client.ts'
import { type ClusterAddress, checkNodes, splitClusterOptions } from './cluster/cluster-options.ts'

export interface RedisBaseOptions {
  /**
   * How many keys one `MGET` reads at most; more are pipelined in the same round trip. Default: 1000. In a cluster each
   * key is read by a `GET` of its own, in one pipeline for each node.
   */
  readonly chunkSize?: number | undefined
  /**
   * Where pages are read from; writes, and the comparisons that they depend on, are always the primary's. Default:
   * `'primary'`.
   *
   * `'replica'` needs `nodes`, `sentinels` or a cluster's client. A page may then show for a while what has been
   * invalidated or deleted already: until the replica has got it, usually some milliseconds, more where it lags; and a
   * page that it just stored is stored again. Where no replica serves, the primary is read.
   */
  readonly readFrom?: 'primary' | 'replica' | undefined
}

export interface ClusterTiming {
  /**
   * Cluster only: how long one node may answer nothing, in milliseconds, before a read that the other nodes have
   * answered is over without it. Its keys are then misses of that page, which are not stored. Default: 50, so that a page
   * whose time limit is 100 does not lose all its fragments to one silent node.
   */
  readonly nodeTimeout?: number | undefined
}

/** A connection that the store opens, and closes. */
export interface RedisConnectOptions extends RedisOptions, RedisBaseOptions {
  /** `redis://user:password@host:port/db`, `rediss://` with TLS, or the path of a socket. Default: `redis://localhost:6379`. */
  readonly url?: string | undefined
  readonly client?: undefined
  readonly nodes?: undefined
}

/** A Redis Cluster whose connections the store opens, and closes. All nodes are given the same user, password and TLS. */
export interface RedisClusterOptions
  extends Omit<ClusterOptions, 'scaleReads'>,
    Omit<
      RedisOptions,
      keyof ClusterOptions | 'host' | 'port' | 'path' | 'db' | 'sentinels' | 'retryStrategy'
    >,
    RedisBaseOptions,
    ClusterTiming {
  /** Some nodes, to find the others by: one that runs is enough. */
  readonly nodes: readonly ClusterAddress[]
  readonly client?: undefined
  readonly url?: undefined
}

/** A client of yours: the store never closes it, nor changes it. */
export interface RedisClientOptions extends RedisBaseOptions, ClusterTiming {
  /**
   * An ioredis client, a `Redis` or a `Cluster`, version 5 or 6; not one that subscribes, or runs commands that block,
   * such as BLPOP.
   */
  readonly client: RedisClient
  readonly nodes?: undefined
}

export type RedisStoreOptions = RedisConnectOptions | RedisClusterOptions | RedisClientOptions

/** Options, complete and checked. */
export type ResolvedRedisOptions = {
  readonly chunkSize: number
  readonly readFrom: 'primary' | 'replica'
  readonly nodeTimeout: number
} & (
  | { readonly kind: 'client'; readonly client: RedisClient }
  | { readonly kind: 'server'; readonly url: string | undefined; readonly connect: RedisOptions }
  | {
      readonly kind: 'cluster'
      readonly nodes: readonly ClusterAddress[]
      readonly cluster: ClusterOptions
      readonly connect: RedisOptions
    }
)

const DEFAULT_CHUNK_SIZE = 1000
const DEFAULT_NODE_TIMEOUT = 50
/** The longest that a timer takes. */
const LONGEST_TIMEOUT = 2 ** 31 - 1

/** ioredis takes any option, and is silent about one that it does not know: these are the likely slips. */
const MEANT: Readonly<Record<string, string>> = {
  uri: 'url',
  urls: 'url, or nodes for a cluster,',
  server: 'url',
  servers: 'nodes',
  hosts: 'nodes',
  address: 'url',
  connectionUrl: 'url',
  URL: 'url',
  URI: 'url',
  Url: 'url',
  redisUrl: 'url',
  connection: 'url',
  connectionString: 'url',
  redis: 'client',
  cluster: 'nodes, or client,',
  rootNodes: 'nodes',
  startupNodes: 'nodes',
  scaleReads: 'readFrom',
  socket: 'host and port',
  hostname: 'host',
  user: 'username',
  pass: 'password',
  database: 'db',
  prefix: 'keyPrefix',
  chunk: 'chunkSize',
}

/** @throws OptionError */
export function resolveRedisOptions(options: RedisStoreOptions): ResolvedRedisOptions {
  if (typeof options === 'string') throw new OptionError(`redisStore takes an object: redisStore({ url })`)
  if (typeof options !== 'object' || options === null) {
    throw new OptionError(`redisStore takes an object, such as { url } or { client }; got ${String(options)}`)
  }
  if (isClient(options)) throw new OptionError('redisStore was given a client: write redisStore({ client })')
  for (const name of Object.keys(options)) {
    const meant = Object.hasOwn(MEANT, name) ? MEANT[name] : undefined
    if (meant) throw new OptionError(`redisStore has no option "${name}": ${meant} is meant`)
  }
  const { chunkSize, readFrom, nodeTimeout, ...others } = options as RedisStoreOptions & ClusterTiming
  const settings = {
    chunkSize: checkNumber('chunkSize', chunkSize ?? DEFAULT_CHUNK_SIZE, Number.MAX_SAFE_INTEGER),
    readFrom: checkReadFrom(readFrom ?? 'primary'),
    nodeTimeout: checkNumber('nodeTimeout', nodeTimeout ?? DEFAULT_NODE_TIMEOUT, LONGEST_TIMEOUT),
  }
  if ('client' in others && others.client !== undefined) {
    const { client, ...rest } = others
    const more = Object.keys(rest)
    if (more.length > 0) {
      throw new OptionError(
        `redisStore: a client that is handed in is connected by its own options; drop ${more.join(', ')}`,
      )
    }
    const checked = checkClient(client)
    if (!isClusterClient(checked)) {
      refuseOfOneServer(
        readFrom,
        nodeTimeout,
        'hand in a client of a cluster, or connect by nodes or sentinels',
      )
    }
    return { ...settings, kind: 'client', client: checked }
  }
  if ('client' in options && Object.keys(options).length === 1) {
    throw new OptionError('redisStore: client is undefined; hand in an ioredis client, or a url')
  }
  const ways = ['host', 'port', 'path', 'nodes', 'sentinels']
  if ('url' in options && options.url === undefined && !ways.some((way) => way in options)) {
    throw new OptionError(
      'redisStore: url is undefined: is the environment variable set? For redis://localhost:6379 write redisStore()',
    )
  }
  const { url, client: _, nodes, ...connect } = others
  if (nodes !== undefined) {
    return { ...settings, kind: 'cluster', nodes: checkNodes(nodes), ...splitClusterOptions(url, connect) }
  }
  const sentinels = 'sentinels' in connect && Boolean(connect.sentinels)
  refuseOfOneServer(sentinels ? undefined : readFrom, nodeTimeout, 'connect by nodes or sentinels')
  return { ...settings, kind: 'server', url: checkUrl(url), connect }
}

function checkNumber(name: string, value: unknown, most: number): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 1 && value <= most) return value
  const atMost = most === LONGEST_TIMEOUT ? ` and at most ${most}` : ''
  throw new OptionError(
    `redisStore: ${name} must be a whole number, at least 1${atMost}; got ${String(value)}`,
  )
}

function checkReadFrom(value: unknown): 'primary' | 'replica' {
  if (value === 'primary' || value === 'replica') return value
  throw new OptionError(`redisStore: readFrom must be 'primary' or 'replica'; got ${String(value)}`)
}

/** One server has no other nodes to wait for, and its client knows no replica. */
function refuseOfOneServer(readFrom: unknown, nodeTimeout: unknown, instead: string): void {
  if (readFrom === 'replica') {
    throw new OptionError(`redisStore: readFrom 'replica' needs to know the replicas: ${instead}`)
  }
  if (nodeTimeout !== undefined) throw new OptionError('redisStore: nodeTimeout is for a Redis Cluster')
}

function checkClient(client: RedisClient): RedisClient {
  if (!isClient(client)) {
    const other = typeof client === 'object' && client !== null && 'mGet' in client
    throw new OptionError(
      `redisStore: client must be an ioredis client${other ? '; this one looks like the package "redis"' : ''}`,
    )
  }
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
  const { pathname } = new URL(url)
  if (!/^(\/\d*)?$/.test(pathname)) {
    throw new OptionError(
      `redisStore: the path of the url is the number of a database, such as redis://host:6379/2; got ${JSON.stringify(pathname.slice(1))}`,
    )
  }
  return url
}
