import {
  type ClientOptions,
  isClusterClient,
  keyPrefixOf,
  type RedisClient,
  type RedisClusterClient,
  type RedisCommandClient,
  type RedisServerClient,
} from './client.ts'
import { CONNECT_OPTIONS } from './connect-options.ts'
import { keySlot } from './slot.ts'

/** Options of a connection for commands that block: its owner opens it, once, and times it. */
const BLOCKING_OPTIONS = {
  ...CONNECT_OPTIONS,
  replyMapping: 'legacy',
  lazyConnect: true,
  retryStrategy: null,
  reconnectOnError: null,
  maxRetriesPerRequest: null,
  enableAutoPipelining: false,
  enableOfflineQueue: true,
  autoResubscribe: false,
  readOnly: false,
  // Each of them would end a command that blocks for longer.
  commandTimeout: undefined,
  blockingTimeout: undefined,
  socketTimeout: undefined,
} as const

/**
 * Makes another client of the same server; of a cluster, of the node that has the key. It is not
 * connected yet.
 *
 * @returns undefined if the cluster's client knows no node for the key
 */
export function duplicateFor(main: RedisClient, key: string): RedisCommandClient | undefined {
  const keyPrefix = keyPrefixOf(main)
  const server = isClusterClient(main) ? nodeOf(main, keyPrefix + key) : main
  const duplicate = (server as RedisServerClient | undefined)?.duplicate({ ...BLOCKING_OPTIONS, keyPrefix })
  return duplicate as RedisCommandClient | undefined
}

/** Returns the client of the primary that has a slot, by the table of the cluster's client. */
function nodeOf(cluster: RedisClusterClient, fullKey: string): RedisClient | undefined {
  const [name] = cluster.slots[keySlot(fullKey)] ?? []
  return cluster.nodes('all').find((node) => nodeName(node) === name)
}

/** Returns the name of a node as in the slot table. */
export function nodeName(node: RedisClient): string {
  const { host, port } = node.options as ClientOptions
  return `${host}:${port}`
}
