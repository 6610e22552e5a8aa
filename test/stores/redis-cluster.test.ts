import { Cluster as Cluster6 } from 'ioredis'
import { Cluster as Cluster5 } from 'ioredis5'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { redisStore } from '../../src/stores/redis.ts'
import type { Store } from '../../src/stores/store.ts'
import { storeConformance } from '../../src/testing/index.ts'
import { type RedisCluster, startRedisCluster } from '../helpers/redis-cluster.ts'
import { describeRedis } from '../helpers/redis-server.ts'

const keeps = { shared: true, conditional: true, ttlPrecision: 1 }
/** What the suite finds out is not how fast this machine is. */
const nodeTimeout = 2_000

describeRedis('redisStore on a Redis Cluster passes the conformance suite', () => {
  let cluster: RedisCluster
  const clients: { disconnect(): void }[] = []
  beforeAll(async () => {
    cluster = await startRedisCluster()
  }, 60_000)
  afterAll(async () => {
    for (const client of clients) client.disconnect()
    await cluster.stop()
  })
  const handedIn = <T extends { disconnect(): void }>(client: T): T => {
    clients.push(client)
    return client
  }
  const addresses = () => [...cluster.addresses]

  const forms: Record<string, () => Store> = {
    'by its nodes': () => redisStore({ nodes: cluster.addresses, nodeTimeout }),
    'by one of its nodes, all keys in one slot': () =>
      redisStore({ nodes: cluster.addresses.slice(5), keyPrefix: '{shop*}:', nodeTimeout }),
    'a client of ioredis 6 with replyMapping resp3': () =>
      redisStore({
        client: handedIn(new Cluster6(addresses(), { redisOptions: { replyMapping: 'resp3' } })),
        nodeTimeout,
      }),
    'a client of ioredis 6, a keyPrefix in redisOptions, no offline queue': () =>
      redisStore({
        client: handedIn(
          new Cluster6(addresses(), { redisOptions: { keyPrefix: 'é[:' }, enableOfflineQueue: false }),
        ),
        nodeTimeout,
      }),
    // Not with `stringNumbers`: ioredis 5 then compares the ends of slot ranges as texts.
    'a client of ioredis 5, lazy, with a keyPrefix, automatic pipelines': () =>
      redisStore({
        client: handedIn(
          new Cluster5(addresses(), {
            lazyConnect: true,
            keyPrefix: 'five:',
            enableAutoPipelining: true,
          }),
        ),
        nodeTimeout,
      }),
  }
  for (const [name, create] of Object.entries(forms)) storeConformance({ name, describe, it, create, keeps })

  it('had its keys on all three primaries', async () => {
    const store = forms['by its nodes']?.() as Store
    await cluster.flush()
    await store.setMany(
      Array.from({ length: 300 }, (_, i) => ({ key: `k${i}`, value: Buffer.from('x'), ttl: 60_000 })),
    )
    const sizes = await Promise.all(cluster.nodes.slice(0, 3).map(({ admin }) => admin.dbsize()))
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(300)
    for (const size of sizes) expect(size).toBeGreaterThan(60)
    await store.close()
  })
})
