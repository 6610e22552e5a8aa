import { Cluster as Cluster6 } from 'ioredis'
import { Cluster as Cluster5 } from 'ioredis5'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { RedisClient } from '../../../../src/stores/redis/index.ts'
import type { Store } from '../../../../src/stores/store.ts'
import { PATIENT_CLUSTER, patientClusterStore } from '../../../helpers/patient-stores.ts'
import { firstSlot, type RedisCluster, startRedisCluster } from '../../../helpers/redis-cluster.ts'
import { describeRedis } from '../../../helpers/redis-server.ts'

const keys = Array.from({ length: 60 }, (_, i) => `key:${i}`)
const writes = (value: string) => keys.map((key) => ({ key, value: Buffer.from(value), ttl: 600_000 }))
/** Timeout of what ioredis does in real time. */
const textOf = (found: Buffer | null | Error | undefined) =>
  Buffer.isBuffer(found) ? found.subarray(17).toString() : found

describeRedis("readFrom: 'replica' on a Redis Cluster", () => {
  let cluster: RedisCluster
  const toClose: (() => unknown)[] = []
  beforeEach(async () => {
    cluster = await startRedisCluster()
  })
  afterEach(async () => {
    for (const close of toClose.splice(0).reverse()) await close()
    await cluster.stop()
  })

  const open = (form: string): Store => {
    if (form === 'by its nodes') {
      const store = patientClusterStore({ nodes: cluster.addresses, readFrom: 'replica' })
      toClose.push(() => store.close())
      return store
    }
    const Client = form === 'a client of ioredis 6' ? Cluster6 : Cluster5
    const client = new Client([...cluster.addresses], PATIENT_CLUSTER)
    client.on('error', () => {})
    const store = patientClusterStore({ client: client as RedisClient, readFrom: 'replica' })
    toClose.push(
      () => client.disconnect(),
      () => store.close(),
    )
    return store
  }
  /** Number of keys that were read from each node since the last call. */
  const reads = () =>
    Promise.all(
      cluster.nodes.map(async ({ admin }) => {
        const stats = await admin.info('commandstats')
        await admin.config('RESETSTAT')
        return Number(/^cmdstat_get:calls=(\d+)/m.exec(stats)?.[1] ?? 0)
      }),
    )
  const sum = (counts: number[]) => counts.reduce((all, count) => all + count, 0)
  const caughtUp = () =>
    expect.poll(async () => {
      const sizes = await Promise.all(cluster.nodes.slice(3).map(({ admin }) => admin.dbsize()))
      return sum(sizes)
    })

  it.each(['by its nodes', 'a client of ioredis 6', 'a client of ioredis 5'])(
    '%s: reads the replicas, also during a failover, and the primary without them',
    async (form) => {
      const store = open(form)
      await store.setMany(writes('first'))
      await caughtUp().toBe(60)
      // The first page does not wait for a connection to a replica.
      expect((await store.getMany(keys)).map(textOf)).toEqual(keys.map(() => 'first'))
      await expect
        .poll(async () => {
          await reads()
          await store.getMany(keys)
          return sum((await reads()).slice(3))
        })
        .toBe(60)
      expect((await store.getMany(keys)).map(textOf)).toEqual(keys.map(() => 'first'))
      const counts = await reads()
      expect(counts.slice(0, 3)).toEqual([0, 0, 0])
      expect(sum(counts)).toBe(60)

      // A replica that becomes the primary is read as such.
      const dead = await cluster.primaryOf(firstSlot(0))
      if (!dead) throw new Error('the cluster is not whole')
      let errors = 0
      const readOften = async () => {
        for (let n = 0; n < 100; n++) {
          const found = await store.getMany(keys)
          errors += found.filter((value) => value instanceof Error).length
        }
      }
      await dead.kill()
      await readOften()
      await cluster.replace(dead)
      await readOften()
      expect(errors).toBe(0)
      await expect
        .poll(async () => (await store.setMany(writes('second'))).every((done) => done === true))
        .toBe(true)
      await expect.poll(async () => (await store.getMany(keys)).map(textOf)).toEqual(keys.map(() => 'second'))

      const spare = await Promise.all([1, 2].map((n) => cluster.primaryOf(firstSlot(n))))
      expect(spare.every(Boolean)).toBe(true)
      for (const node of cluster.nodes.slice(4)) await node.kill()
      const texts = async () => (await store.getMany(keys)).map(textOf)
      await expect.poll(texts).toEqual(keys.map(() => 'second'))
      for (let n = 0; n < 40; n++) expect(await texts()).toEqual(keys.map(() => 'second'))
    },
  )
})
