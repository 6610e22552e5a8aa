import type { Cluster } from 'ioredis'
import { UsageError } from '../command/usage-error.ts'
import type { RedisFlags } from './cache-options.ts'
import { installed, readCluster } from './open-store.ts'

/** Attempts to reach a cluster, and the pause before each in ms: 5 s as for a store. */
const ATTEMPTS = 20
const PAUSE_MS = 250

/** A Redis that a command reads: its URL, or a client of a cluster that the command closes. */
export interface RedisAddress {
  readonly redis: string | Cluster
  close(): void
}

/** Returns the Redis that the command line names. @throws UsageError */
export async function redisOf({ store }: RedisFlags): Promise<RedisAddress> {
  if (store === undefined)
    throw new UsageError('Which Redis? Give --store redis://localhost:6379, or set ONETRIP_STORE.')
  if (/^rediss?:\/\//.test(store)) return { redis: store, close: () => {} }
  if (!store.startsWith('redis-cluster:'))
    throw new UsageError(
      'This needs a Redis: --store redis://localhost:6379, or redis-cluster://a:7000,b:7000.',
    )
  const { nodes, ...connect } = readCluster(store)
  const { newClusterClient } = await installed('ioredis', () => import('../../redis/ioredis.ts'))
  const cluster = newClusterClient(nodes, connect, {
    clusterRetryStrategy: (times) => (times > ATTEMPTS ? null : PAUSE_MS),
  })
  // Commands fail with it, too.
  cluster.on('error', () => {})
  return { redis: cluster, close: () => cluster.disconnect() }
}
