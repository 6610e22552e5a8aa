import { type Clock, processClock } from '../../clock.ts'
import { isClusterClient } from '../../redis/client.ts'
import { CONNECT_OPTIONS, checkKeyPrefix, retryDelay } from '../../redis/connect-options.ts'
import { OURS, THEIRS } from '../../redis/connection.ts'
import { newClusterClient, newServerClient } from '../../redis/ioredis.ts'
import { RedisLink } from '../../redis/link.ts'
import type { Store } from '../store.ts'
import { RedisCluster } from './cluster/cluster.ts'
import { OneServer } from './one-server/one-server.ts'
import { type RedisStoreOptions, resolveRedisOptions } from './options.ts'
import { STORE_OWNER } from './owner.ts'
import { RedisStore } from './redis-store.ts'
import { LOGGED_SCRIPTS, SCRIPTS } from './scripts.ts'
import type { RedisTopology } from './topology.ts'

export type { RedisClient, RedisPipeline } from '../../redis/client.ts'
export type { ClusterAddress } from './cluster/cluster-options.ts'
export type { LogOptions } from './log/log-options.ts'
export type {
  ClusterTiming,
  RedisBaseOptions,
  RedisClientOptions,
  RedisClusterOptions,
  RedisConnectOptions,
  RedisStoreOptions,
} from './options.ts'

/** The commands of a page are useless once it was served. */
const NO_RETRIES = { maxRetriesPerRequest: 0 }

/** Defaults for one server. */
const SERVER_OPTIONS = {
  ...CONNECT_OPTIONS,
  ...NO_RETRIES,
  // A page does not wait for a server that is gone.
  enableOfflineQueue: false,
  retryStrategy: retryDelay,
  // With sentinels: leaves a silent primary as soon as they have elected another one.
  failoverDetector: true,
}

/** Defaults for a cluster. */
const CLUSTER_OPTIONS = {
  clusterRetryStrategy: retryDelay,
  // For redirected keys only: others go to the nodes, not through the queue of the cluster's
  // client.
  maxRedirections: 5,
  retryDelayOnFailover: 50,
  retryDelayOnClusterDown: 50,
  retryDelayOnTryAgain: 20,
  slotsRefreshTimeout: 500,
  // Otherwise new nodes and replicas would be found only when a command is redirected.
  slotsRefreshInterval: 30_000,
}

/**
 * Creates a store in Redis 6.2 or later: one server (`url`, or options of ioredis such as `host`
 * and `tls`), one found by sentinels (`sentinels` and `name`), a Redis Cluster (`nodes`), or a
 * `client` that you have.
 *
 * It connects at once, and again by itself, to another primary after a failover too. Without a
 * connection a call fails with a StoreError at once; only the first connection is waited for, for
 * up to 1 s. If the server is silent for 1 s, a call fails with a StoreTimeoutError.
 *
 * In a cluster all nodes are asked at once, by one pipeline each. If a node fails, only its keys
 * do; set `cluster-require-full-coverage no`, or the other nodes refuse commands until it is
 * replaced. The characters `{`, `}` and `%` of a key are written as `%7B`, `%7D` and `%25`, so that
 * only your `keyPrefix` chooses a slot.
 *
 * docs/store-redis.md lists the rights that an ACL user needs.
 *
 * @throws OptionError where an option is wrong
 *
 * @example
 * ```ts
 * const store = redisStore({ url: 'redis://localhost:6379' })
 * ```
 */
export function redisStore(options?: RedisStoreOptions): Store
/** @internal */
export function redisStore(options: RedisStoreOptions | undefined, clock: Clock): Store
export function redisStore(options: RedisStoreOptions = {}, clock = processClock): Store {
  return new RedisStore(topologyOf(options, clock))
}

function topologyOf(options: RedisStoreOptions, clock: Clock): RedisTopology {
  const given = resolveRedisOptions(options)
  const scripts = given.log ? LOGGED_SCRIPTS : SCRIPTS
  if (given.kind === 'client') {
    if (!isClusterClient(given.client))
      return new OneServer(new RedisLink(STORE_OWNER, given.client, THEIRS, scripts, clock), given, clock)
    checkKeyPrefix('redisStore', given.client)
    return new RedisCluster(given.client, false, given, clock)
  }
  if (given.kind === 'cluster') {
    const connect = { ...CONNECT_OPTIONS, ...NO_RETRIES, ...given.connect }
    const cluster = newClusterClient(given.nodes, connect, { ...CLUSTER_OPTIONS, ...given.cluster })
    return new RedisCluster(cluster, true, given, clock)
  }
  const { url } = given
  const open = (role: 'master' | 'slave' = given.connect.role ?? 'master') => {
    const connect = { ...SERVER_OPTIONS, ...given.connect, role }
    return new RedisLink(STORE_OWNER, newServerClient(url, connect), OURS, scripts, clock)
  }
  const replica = given.readFrom === 'replica' ? open('slave') : undefined
  return new OneServer(open(), given, clock, replica)
}
