import type { ClusterOptions, RedisOptions } from 'ioredis'
import { OptionError } from '../../../errors.ts'
import type { ClientOptions } from '../../../redis/client.ts'

/** Address of one node of a Redis Cluster. */
export interface ClusterAddress {
  /** Name or address of the node. */
  readonly host: string
  /**
   * Port of the node.
   * @defaultValue 6379
   */
  readonly port?: number
}

/** Options of ioredis for the cluster. All others are for the connection to each node. */
const CLUSTER_OPTIONS: ReadonlySet<string> = new Set([
  'clusterRetryStrategy',
  'clusterNodeRetryStrategy',
  'enableOfflineQueue',
  'enableReadyCheck',
  'maxRedirections',
  'retryDelayOnFailover',
  'retryDelayOnClusterDown',
  'retryDelayOnTryAgain',
  'retryDelayOnMoved',
  'slotsRefreshTimeout',
  'slotsRefreshInterval',
  'shardedSubscribers',
  'lazyConnect',
  'useSRVRecords',
  'resolveSrv',
  'dnsLookup',
  'natMap',
  'enableAutoPipelining',
  'autoPipeliningIgnoredCommands',
  'scripts',
  'keyPrefix',
  'showFriendlyErrorStack',
])

/** Options of one server, with the reason why a cluster has none of them. */
const SERVER_OPTIONS: Readonly<Record<string, string>> = {
  host: 'each of the nodes has its own',
  port: 'each of the nodes has its own',
  path: 'a cluster has no socket',
  sentinels: 'a cluster has none',
  db: 'a cluster has only one database; keyPrefix keeps sites apart',
  retryStrategy: 'use clusterRetryStrategy',
}

/** @throws OptionError */
export function checkNodes(nodes: unknown): readonly ClusterAddress[] {
  const allowed = 'nodes must be an array of { host, port }'
  if (!Array.isArray(nodes)) throw new OptionError(`redisStore: ${allowed}; got ${typeof nodes}`)
  if (nodes.length === 0) throw new OptionError(`redisStore: ${allowed}; it is empty`)
  for (const node of nodes) {
    // Not shown: a URL may contain a password.
    if (typeof node !== 'object' || node === null) {
      throw new OptionError(
        `redisStore: ${allowed}; got a ${typeof node} in it. username, password and tls stand beside nodes`,
      )
    }
    const { host, port = 6379 } = node as ClientOptions
    if (typeof host !== 'string' || host === '') {
      throw new OptionError(`redisStore: ${allowed}; a host is missing`)
    }
    if (!Number.isInteger(port) || port < 1 || port > 65_535) {
      throw new OptionError(`redisStore: ${allowed}; the port of ${host} is ${String(port)}`)
    }
    const more = Object.keys(node).filter((name) => name !== 'host' && name !== 'port')
    if (more.length > 0) {
      throw new OptionError(
        `redisStore: ${allowed}; ${more.join(', ')} must stand beside nodes, for the nodes found later, too`,
      )
    }
  }
  return nodes.map(({ host, port = 6379 }: ClusterAddress) => ({ host, port }))
}

/** Splits the options beside `nodes`. @throws OptionError */
export function splitClusterOptions(
  url: unknown,
  given: object,
): { readonly cluster: ClusterOptions; readonly connect: RedisOptions } {
  if (url !== undefined) throw new OptionError('redisStore takes a url or nodes, not both')
  const { redisOptions, ...options } = given as { redisOptions?: object }
  const all = { ...redisOptions, ...options }
  const cluster: Record<string, unknown> = {}
  const connect: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(all)) {
    if (value === undefined || (name === 'db' && value === 0)) continue
    const why = Object.hasOwn(SERVER_OPTIONS, name) ? SERVER_OPTIONS[name] : undefined
    if (why) throw new OptionError(`redisStore: ${name} does not go with nodes: ${why}`)
    if (CLUSTER_OPTIONS.has(name)) cluster[name] = value
    else connect[name] = value
  }
  return { cluster, connect }
}
