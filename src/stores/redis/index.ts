import { Cluster, Redis } from 'ioredis'
import { type Clock, processClock } from '../../clock.ts'
import { isClusterClient } from '../../redis/client.ts'
import { OURS, THEIRS } from '../../redis/connection.ts'
import { RedisLink } from '../../redis/link.ts'
import type { Store } from '../store.ts'
import { RedisCluster } from './cluster/cluster.ts'
import { checkKeyPrefix } from './cluster/cluster-options.ts'
import { OneServer } from './one-server/one-server.ts'
import { type RedisStoreOptions, resolveRedisOptions } from './options.ts'
import { RedisStore } from './redis-store.ts'
import { SCRIPTS } from './scripts.ts'
import type { RedisTopology } from './topology.ts'

export type { RedisClient, RedisPipeline } from '../../redis/client.ts'
export type { ClusterAddress } from './cluster/cluster-options.ts'
export type {
  ClusterTiming,
  RedisBaseOptions,
  RedisClientOptions,
  RedisClusterOptions,
  RedisConnectOptions,
  RedisStoreOptions,
} from './options.ts'

/** In ms: 50, doubled up to a second; spread, so that the processes of a site don't come back all at once. */
const retryDelay = (times: number) => Math.min(50 * 2 ** (times - 1), 1_000) * (0.75 + Math.random() / 2)

/** For a connection to one server, by whatever way. What the user gives wins. */
const CONNECT_OPTIONS = {
  // Commands of a page that is served are worth nothing later.
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  connectTimeout: 5_000,
  keepAlive: 10_000,
  // After close() a server that is silent is not waited for.
  disconnectTimeout: 500,
}

/** For a server of ours. What the user gives wins. */
const SERVER_OPTIONS = {
  ...CONNECT_OPTIONS,
  // A page does not wait for a server that is gone.
  enableOfflineQueue: false,
  retryStrategy: retryDelay,
  // Of sentinels: a primary that is silent is left as soon as they have chosen another one.
  failoverDetector: true,
}

/** For a cluster of ours. What the user gives wins. */
const CLUSTER_OPTIONS = {
  clusterRetryStrategy: retryDelay,
  // Only for redirected keys, and each of them by itself: pages go to the nodes, past the cluster's own queue.
  maxRedirections: 5,
  retryDelayOnFailover: 50,
  retryDelayOnClusterDown: 50,
  retryDelayOnTryAgain: 20,
  slotsRefreshTimeout: 500,
  // Nodes that are added, and replicas, would be found only when a command is redirected.
  slotsRefreshInterval: 30_000,
}

/** The store reads answers in one shape, whatever version of ioredis and of the protocol. */
const ANSWERS = { replyMapping: 'legacy' } as const

/**
 * A store in Redis, 6.2 or later: one server (`url`, or ioredis' options such as `host`, `tls`), one found by sentinels
 * (`sentinels` and `name`), or a Redis Cluster (`nodes`); or by a `client` of yours.
 *
 * Connects at once, and again by itself, to another primary after a failover too. A call fails with a StoreError at
 * once where there is no connection (the first connection is waited for, up to a second), and with a StoreTimeoutError
 * where the server has been silent for a second.
 *
 * In a cluster, all nodes are asked at once, by one pipeline each. A node that fails is an error for its keys alone; set
 * `cluster-require-full-coverage no`, or the others refuse to serve for as long as it has no successor. The `{`, `}` and
 * `%` of a key are written as `%7B`, `%7D` and `%25` there, so that nobody but your `keyPrefix` chooses a slot.
 *
 * An ACL user needs `+mget +get +evalsha +eval +script|load +unlink +scan +time +info`, and for what the scripts call
 * `+set +getrange +exists +pttl +pexpire +persist`; in a cluster also
 * `+cluster|slots +cluster|info +asking +readonly +readwrite`. And the keys: `~onetrip:*`, or `~` with your keyPrefix.
 * @throws OptionError
 */
export function redisStore(options?: RedisStoreOptions): Store
/** @internal */
export function redisStore(options: RedisStoreOptions | undefined, clock: Clock): Store
export function redisStore(options: RedisStoreOptions = {}, clock = processClock): Store {
  return new RedisStore(wayOf(options, clock))
}

function wayOf(options: RedisStoreOptions, clock: Clock): RedisTopology {
  const given = resolveRedisOptions(options)
  if (given.kind === 'client') {
    if (!isClusterClient(given.client))
      return new OneServer(new RedisLink(given.client, THEIRS, SCRIPTS, clock), given.chunkSize, clock)
    checkKeyPrefix(given.client)
    return new RedisCluster(given.client, false, given, clock)
  }
  if (given.kind === 'cluster') {
    const redisOptions = { ...CONNECT_OPTIONS, ...given.connect, ...ANSWERS }
    const cluster = new Cluster([...given.nodes], { ...CLUSTER_OPTIONS, ...given.cluster, redisOptions })
    return new RedisCluster(cluster, true, given, clock)
  }
  const { url } = given
  const open = (role: 'master' | 'slave' = given.connect.role ?? 'master') => {
    const connect = { ...SERVER_OPTIONS, ...given.connect, ...ANSWERS, role }
    return new RedisLink(
      url === undefined ? new Redis(connect) : new Redis(url, connect),
      OURS,
      SCRIPTS,
      clock,
    )
  }
  const replica = given.readFrom === 'replica' ? open('slave') : undefined
  return new OneServer(open(), given.chunkSize, clock, replica)
}
