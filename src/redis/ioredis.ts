import { Cluster, type ClusterNode, type ClusterOptions, Redis, type RedisOptions } from 'ioredis'

/** Makes replies the same for every version of ioredis and of the protocol. */
const REPLIES = { replyMapping: 'legacy' } as const

/**
 * Makes a client of one server. This file has the only import of ioredis by value, which is an
 * optional peer.
 */
export function newServerClient(url: string | undefined, options: RedisOptions): Redis {
  const all = { ...options, ...REPLIES }
  return url === undefined ? new Redis(all) : new Redis(url, all)
}

export function newClusterClient(
  nodes: readonly ClusterNode[],
  connect: RedisOptions,
  options: ClusterOptions,
): Cluster {
  return new Cluster([...nodes], { ...options, redisOptions: { ...connect, ...REPLIES } })
}
