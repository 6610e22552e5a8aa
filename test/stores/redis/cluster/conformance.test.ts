import { Cluster as Cluster6 } from 'ioredis'
import { Cluster as Cluster5 } from 'ioredis5'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Store } from '../../../../src/stores/store.ts'
import { storeConformance } from '../../../../src/testing/index.ts'
import { PATIENT_CLUSTER, patientClusterStore } from '../../../helpers/patient-stores.ts'
import { type RedisCluster, startRedisCluster } from '../../../helpers/redis-cluster.ts'
import { describeRedis } from '../../../helpers/redis-server.ts'

const capabilities = { shared: true, conditional: true, ttlPrecision: 1 }

describeRedis('redisStore on a Redis Cluster passes the conformance suite', () => {
  let cluster: RedisCluster
  const clients: { disconnect(): void }[] = []
  beforeAll(async () => {
    cluster = await startRedisCluster()
  })
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
    'by its nodes': () => patientClusterStore({ nodes: cluster.addresses }),
    'by one of its nodes, all keys in one slot': () =>
      patientClusterStore({ nodes: cluster.addresses.slice(5), keyPrefix: '{shop*}:' }),
    'a client of ioredis 6 with replyMapping resp3': () =>
      patientClusterStore({
        client: handedIn(
          new Cluster6(addresses(), { ...PATIENT_CLUSTER, redisOptions: { replyMapping: 'resp3' } }),
        ),
      }),
    'a client of ioredis 6, a keyPrefix in redisOptions, no offline queue': () =>
      patientClusterStore({
        client: handedIn(
          new Cluster6(addresses(), {
            ...PATIENT_CLUSTER,
            redisOptions: { keyPrefix: 'é[:' },
            enableOfflineQueue: false,
          }),
        ),
      }),
    // Not with `stringNumbers`: ioredis 5 then compares the ends of slot ranges as strings.
    'a client of ioredis 5, lazy, with a keyPrefix, automatic pipelines': () =>
      patientClusterStore({
        client: handedIn(
          new Cluster5(addresses(), {
            ...PATIENT_CLUSTER,
            lazyConnect: true,
            keyPrefix: 'five:',
            enableAutoPipelining: true,
          }),
        ),
      }),
  }
  for (const [name, create] of Object.entries(forms))
    storeConformance({ name, describe, it, create, capabilities })

  it('used all three primaries', async () => {
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
