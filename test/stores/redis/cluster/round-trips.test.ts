import { isDeepStrictEqual } from 'node:util'
import { Cluster as Cluster6 } from 'ioredis'
import { Cluster as Cluster5 } from 'ioredis5'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import type { RedisClient } from '../../../../src/stores/redis/index.ts'
import type { Store } from '../../../../src/stores/store.ts'
import { PATIENT_CLUSTER, patientClusterStore, patientRedisStore } from '../../../helpers/patient-stores.ts'
import { type RedisCluster, startRedisCluster } from '../../../helpers/redis-cluster.ts'
import { describeRedis } from '../../../helpers/redis-server.ts'
import { startTcpProxy, type TcpProxy } from '../../../helpers/tcp-proxy.ts'

/** The three ways to connect to a cluster. Each node is reached through its proxy. */
const FORMS = {
  'by its nodes': undefined,
  'a client of ioredis 6': Cluster6,
  'a client of ioredis 5': Cluster5,
}

describeRedis('round trips of redisStore on a Redis Cluster', () => {
  let cluster: RedisCluster
  let proxies: TcpProxy[]
  beforeAll(async () => {
    cluster = await startRedisCluster()
    proxies = await Promise.all(cluster.nodes.map(({ port }) => startTcpProxy(port)))
  })
  afterAll(async () => {
    await Promise.all(proxies.map((proxy) => proxy.close()))
    await cluster.stop()
  })

  const resetStats = async () => {
    await Promise.all(cluster.nodes.map(({ admin }) => admin.config('RESETSTAT')))
    for (const proxy of proxies) proxy.resetTrips()
  }
  /** Commands of the store by node, without those that the scripts call. */
  const calls = () =>
    Promise.all(
      cluster.nodes.map(async ({ admin }) => {
        const counted: Record<string, number> = {}
        for (const line of (await admin.info('commandstats')).split('\r\n')) {
          const match = /^cmdstat_(get|mget|evalsha|eval|unlink|time|scan):calls=(\d+)/.exec(line)
          if (match?.[1]) counted[match[1]] = Number(match[2])
        }
        return counted
      }),
    )
  const trips = () => proxies.map((proxy) => proxy.trips())
  const keys = (count: number) => Array.from({ length: count }, (_, i) => `key:${i}`)
  const writes = (count: number) =>
    keys(count).map((key) => ({ key, value: Buffer.alloc(2_000, key), ttl: 60_000, ifStamp: null }))
  /** Of the primaries, since replicas also count what they replicate. */
  const total = (counts: Record<string, number>[], command: string) =>
    counts.slice(0, 3).reduce((sum, count) => sum + (count[command] ?? 0), 0)

  it.each(Object.entries(FORMS))(
    '%s: one pipeline for each primary, whatever is asked',
    async (_, Client) => {
      await cluster.flush()
      const nodes = proxies.map(({ port }) => ({ host: '127.0.0.1', port }))
      const natMap = Object.fromEntries(
        cluster.nodes.map(({ port }, n) => [`127.0.0.1:${port}`, nodes[n] as { host: string; port: number }]),
      )
      const keyPrefix = 'pre:'
      const client = Client && new Client(nodes, { ...PATIENT_CLUSTER, natMap, keyPrefix })
      const store: Store = client
        ? patientClusterStore({ client: client as RedisClient })
        : patientClusterStore({ nodes, natMap, keyPrefix })
      await store.clock()
      await resetStats()

      expect(await store.setMany(writes(24))).toEqual(new Array(24).fill(true))
      expect(trips()).toEqual([1, 1, 1, 0, 0, 0])
      let counts = await calls()
      for (const count of counts.slice(0, 3)) expect(count.evalsha).toBeGreaterThan(2)
      expect(total(counts, 'evalsha')).toBe(24)
      expect(total(counts, 'eval')).toBe(0)

      await resetStats()
      const found = await store.getMany(keys(24))
      expect(
        found.map((value) => Buffer.isBuffer(value) && value.subarray(17).toString().slice(0, 5)),
      ).toEqual(keys(24).map((key) => key.repeat(2).slice(0, 5)))
      expect(trips()).toEqual([1, 1, 1, 0, 0, 0])
      counts = await calls()
      expect([total(counts, 'get'), total(counts, 'mget')]).toEqual([24, 0])

      await resetStats()
      await Promise.all([
        store.touchMany(keys(24).map((key) => ({ key, ttl: 90_000 }))),
        store.stampMany(keys(24).map((key) => ({ key: `${key}:tag`, kind: 'created', ttl: 90_000 }))),
      ])
      expect(trips()).toEqual([1, 1, 1, 0, 0, 0])
      await resetStats()
      expect(await store.deleteMany([...keys(24), 'none'])).toBe(24)
      expect(trips()).toEqual([1, 1, 1, 0, 0, 0])
      expect(total(await calls(), 'unlink')).toBe(25)

      await resetStats()
      await store.getMany([])
      await store.setMany([])
      await store.getMany(['key:0'])
      expect(trips().reduce((sum, count) => sum + count)).toBe(1)

      const listed: string[] = []
      for await (const key of store.keys?.('key:') ?? []) listed.push(key)
      expect(listed.sort()).toEqual(
        keys(24)
          .map((key) => `${key}:tag`)
          .sort(),
      )
      await store.close()
      if (client) expect(await client.get('pre:none')).toBeNull()
      client?.disconnect()
    },
  )

  it('sends scripts again that the nodes have forgotten', async () => {
    const store = patientClusterStore({ nodes: cluster.addresses })
    await store.clock()
    await Promise.all(cluster.nodes.map(({ admin }) => admin.script('FLUSH')))
    expect(await store.setMany(writes(12).map(({ ifStamp: _, ...write }) => write))).toEqual(
      new Array(12).fill(true),
    )
    await resetStats()
    expect(await store.touchMany([{ key: 'key:0', ttl: 90_000 }])).toEqual([true])
    await store.close()
  })
})

describeRedis('redisStore with a client of a cluster', () => {
  let cluster: RedisCluster
  beforeAll(async () => {
    cluster = await startRedisCluster()
  })
  afterAll(() => cluster.stop())

  it.each([
    ['6', Cluster6],
    ['5', Cluster5],
  ] as const)('leaves a client of ioredis %s as it was, and its nodes too', async (_, Client) => {
    const client = new Client([...cluster.addresses], PATIENT_CLUSTER)
    await client.ping()
    await expect.poll(() => client.nodes('master').length).toBe(3)
    // Listeners of ioredis itself while it connects do not count.
    const connecting = () => client.nodes('all').filter(({ status }) => !/^(ready|wait)$/.test(status)).length
    await expect.poll(connecting).toBe(0)
    await client.ping()
    const emitters = [client, ...client.nodes('all')]
    const listeners = () =>
      emitters.map((emitter) => emitter.eventNames().map((name) => [name, emitter.listenerCount(name)]))
    const was = listeners()
    const store = patientClusterStore({ client: client as RedisClient })
    await store.setMany([{ key: 'a', value: Buffer.from('x'), ttl: 1_000 }])
    await store.clock()
    await store.close()
    const left = await vi
      .waitUntil(() => isDeepStrictEqual(listeners(), was), { timeout: 300_000 })
      .catch(() => false)
    const is = listeners()
    const pong = await client.ping()
    client.disconnect()
    expect(left, JSON.stringify({ was, is })).toBe(true)
    expect(pong).toBe('PONG')
  })

  it('is suggested to the user of a client of one node', async () => {
    const [node] = cluster.addresses
    const store = patientRedisStore({ ...node })
    const keys = Array.from({ length: 30 }, (_, i) => `k${i}`)
    const advice = /(CROSSSLOT|MOVED).*part of a Redis Cluster: connect by nodes: /
    await expect(store.getMany(keys)).rejects.toThrow(advice)
    const answers = await Promise.all(keys.map((key) => store.getMany([key]).catch(String)))
    expect(answers.filter((answer) => advice.test(String(answer))).length).toBeGreaterThan(10)
    await store.close()
  })

  it('closes its own connections', async () => {
    // Connections between the nodes have other flags.
    const count = async () => {
      const lists = await Promise.all(cluster.nodes.map(({ admin }) => admin.client('LIST')))
      return lists.join('').split(' flags=N ').length - 1
    }
    await expect.poll(count).toBe(cluster.nodes.length)
    const store = patientClusterStore({ nodes: cluster.addresses })
    await store.clock()
    expect(await count()).toBeGreaterThanOrEqual(cluster.nodes.length + 3)
    await store.close()
    await expect.poll(count).toBe(cluster.nodes.length)
  })
})
