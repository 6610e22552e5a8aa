import type { ClusterOptions, RedisOptions } from 'ioredis'
import { OptionError } from '../../errors.ts'
import { show } from '../../options/show.ts'
import { isClient, isClusterClient, type RedisClient } from '../../redis/client.ts'
import { CONNECT_HINTS, checkClient, checkUrl, refuseHinted } from '../../redis/connect-options.ts'
import { checkNumber } from '../store-options.ts'
import { type ClusterAddress, checkNodes, splitClusterOptions } from './cluster/cluster-options.ts'
import { type LogOptions, type ResolvedLogOptions, readLog } from './log/log-options.ts'

/** Options of {@link redisStore} for every kind of connection. */
export interface RedisBaseOptions {
  /**
   * Most keys of one `MGET`; more are pipelined in the same round trip. In a cluster each key is
   * read by a `GET`, in one pipeline for each node.
   *
   * @defaultValue 1000
   */
  readonly chunkSize?: number | undefined
  /**
   * Where pages are read from. Writes, and the comparisons that they depend on, go to the primary.
   *
   * `'replica'` needs `nodes`, `sentinels` or the client of a cluster. A page may then show what
   * was already invalidated or deleted, until the replica has received it: usually some
   * milliseconds, more if it lags. If no replica serves, the primary is read.
   *
   * @defaultValue `'primary'`
   */
  readonly readFrom?: 'primary' | 'replica' | undefined
  /**
   * Logs the keys that are written, in a stream beside the entries, for first tiers with
   * `coherence: 'stream'`. Set it in every process that writes, with or without a first tier.
   * `true` is short for `{}`.
   *
   * @defaultValue `false`
   */
  readonly log?: boolean | LogOptions | undefined
}

/** Time limits for the nodes of a Redis Cluster. */
export interface ClusterTiming {
  /**
   * In a cluster: how long a node may be silent, in ms, before a read that other nodes have
   * answered ends without it. Its keys are then misses of that page, which are not stored. The
   * default lets a page with a time limit of 100 ms keep its other fragments.
   *
   * @defaultValue 50
   */
  readonly nodeTimeout?: number | undefined
}

/** Options for a connection that the store opens and closes. */
export interface RedisConnectOptions extends RedisOptions, RedisBaseOptions {
  /**
   * `redis://user:password@host:port/db`, `rediss://` for TLS, or the path of a socket.
   *
   * @defaultValue `redis://localhost:6379`
   */
  readonly url?: string | undefined
  /** Not allowed here: see {@link RedisClientOptions}. */
  readonly client?: undefined
  /** Not allowed here: see {@link RedisClusterOptions}. */
  readonly nodes?: undefined
}

/** Options for a Redis Cluster, with the same user, password and TLS for all nodes. */
export interface RedisClusterOptions
  extends Omit<ClusterOptions, 'scaleReads'>,
    Omit<
      RedisOptions,
      keyof ClusterOptions | 'host' | 'port' | 'path' | 'db' | 'sentinels' | 'retryStrategy'
    >,
    RedisBaseOptions,
    ClusterTiming {
  /** Some nodes, by which the others are found. One that runs is enough. */
  readonly nodes: readonly ClusterAddress[]
  /** Not allowed here: see {@link RedisClientOptions}. */
  readonly client?: undefined
  /** Not allowed here: see {@link RedisConnectOptions}. */
  readonly url?: undefined
}

/** Options for a client that you have. The store neither closes nor changes it. */
export interface RedisClientOptions extends RedisBaseOptions, ClusterTiming {
  /**
   * A `Redis` or a `Cluster` of ioredis 5 or 6, which neither subscribes nor runs commands that
   * block, such as BLPOP.
   */
  readonly client: RedisClient
  /** Not allowed here: see {@link RedisClusterOptions}. */
  readonly nodes?: undefined
}

/** Options of {@link redisStore}: of a server, of a cluster, or a client that you have. */
export type RedisStoreOptions = RedisConnectOptions | RedisClusterOptions | RedisClientOptions

/** Checked options, with their defaults. */
export type ResolvedRedisOptions = {
  readonly chunkSize: number
  readonly readFrom: 'primary' | 'replica'
  readonly nodeTimeout: number
  readonly log: ResolvedLogOptions | undefined
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

/** Likely mistakes in the options of this store. */
const MEANT: Readonly<Record<string, string>> = {
  ...CONNECT_HINTS,
  urls: 'url, or nodes for a cluster',
  servers: 'nodes',
  hosts: 'nodes',
  redis: 'client',
  cluster: 'nodes, or client',
  rootNodes: 'nodes',
  startupNodes: 'nodes',
  scaleReads: 'readFrom',
  chunk: 'chunkSize',
}

/** @throws OptionError */
export function resolveRedisOptions(options: RedisStoreOptions): ResolvedRedisOptions {
  if (typeof options === 'string')
    throw new OptionError('The options of redisStore must be an object: redisStore({ url })')
  if (typeof options !== 'object' || options === null) {
    throw new OptionError(
      `The options of redisStore must be an object such as { url } or { client }; got ${show(options)}`,
    )
  }
  if (isClient(options)) throw new OptionError('redisStore was given a client: write redisStore({ client })')
  refuseHinted('redisStore', options, MEANT)
  const { chunkSize, readFrom, nodeTimeout, log, ...others } = options as RedisStoreOptions & ClusterTiming
  const settings = {
    chunkSize: checkNumber('redisStore', 'chunkSize', chunkSize ?? DEFAULT_CHUNK_SIZE, 1),
    readFrom: checkReadFrom(readFrom ?? 'primary'),
    nodeTimeout: checkNumber('redisStore', 'nodeTimeout', nodeTimeout ?? DEFAULT_NODE_TIMEOUT, 1),
    log: readLog(log),
  }
  if ('client' in others && others.client !== undefined) {
    const { client, ...rest } = others
    const more = Object.keys(rest)
    if (more.length > 0) {
      throw new OptionError(
        `redisStore: a client of your own is connected by its own options; leave out ${more.join(', ')}`,
      )
    }
    const checked = checkClient('redisStore: client', client)
    if (!isClusterClient(checked)) {
      refuseClusterTiming(
        readFrom,
        nodeTimeout,
        'pass the client of a cluster, or connect by nodes or sentinels',
      )
    }
    return { ...settings, kind: 'client', client: checked }
  }
  if ('client' in options && Object.keys(options).length === 1) {
    throw new OptionError('redisStore: client is undefined; pass an ioredis client, or a url')
  }
  const addresses = ['host', 'port', 'path', 'nodes', 'sentinels']
  if ('url' in options && options.url === undefined && !addresses.some((name) => name in options)) {
    throw new OptionError(
      'redisStore: url is undefined: is the environment variable set? For redis://localhost:6379 write redisStore()',
    )
  }
  const { url, client: _, nodes, ...connect } = others
  if (nodes !== undefined) {
    return { ...settings, kind: 'cluster', nodes: checkNodes(nodes), ...splitClusterOptions(url, connect) }
  }
  const sentinels = 'sentinels' in connect && Boolean(connect.sentinels)
  refuseClusterTiming(sentinels ? undefined : readFrom, nodeTimeout, 'connect by nodes or sentinels')
  return { ...settings, kind: 'server', url: checkUrl('redisStore: url', url), connect }
}

function checkReadFrom(value: unknown): 'primary' | 'replica' {
  if (value === 'primary' || value === 'replica') return value
  throw new OptionError(`redisStore: readFrom must be 'primary' or 'replica'; got ${show(value)}`)
}

/** Refuses options that one server does not have: it has no other nodes, and knows no replica. */
function refuseClusterTiming(readFrom: unknown, nodeTimeout: unknown, instead: string): void {
  if (readFrom === 'replica') {
    throw new OptionError(`redisStore: readFrom 'replica' needs to know the replicas: ${instead}`)
  }
  if (nodeTimeout !== undefined) throw new OptionError('redisStore: nodeTimeout is for a Redis Cluster')
}
