import { Cluster, Redis } from 'ioredis'
import { Redis as Redis5 } from 'ioredis5'
import { type Toolkit, toolkit } from 'onetrip/toolkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RedisCluster, startRedisCluster } from '../helpers/redis-cluster.ts'
import { describeRedis } from '../helpers/redis-server.ts'
import { useKits } from './kit-fixture.ts'

const ALGORITHMS = ['sliding-window', 'fixed-window', 'token-bucket'] as const
const wait = '10m'
const ttl = '10m'

/** Uses locks and limits by two toolkits, each with a client of its own. */
async function useBoth(one: Toolkit, two: Toolkit, name: string): Promise<void> {
  for (const fair of [false, true]) {
    const [first, second] = [one, two].map((kit) => kit.lock(`${name} ${fair}`, { fair, ttl, wait }))
    const lease = await first?.acquire()
    const waiting = second?.acquire()
    expect(await second?.tryAcquire()).toBeUndefined()
    expect(await lease?.extend('20m')).toBe(true)
    expect(await lease?.release()).toBe(true)
    const next = await waiting
    expect(next?.fence).toBeGreaterThan(lease?.fence as number)
    expect(await first?.clear()).toBe(true)
    expect(await next?.release()).toBe(false)
  }
  for (const algorithm of ALGORITHMS) {
    const limits = [one, two].map((kit) => kit.rateLimit(name, { limit: 3, per: '1h', algorithm }))
    const answers = await Promise.all([...limits, ...limits, ...limits].map((limit) => limit.take('key')))
    expect(answers.filter(({ allowed }) => allowed)).toHaveLength(3)
    expect(await limits[0]?.peek('key')).toMatchObject({ allowed: false, remaining: 0 })
    expect(await limits[0]?.reset('key')).toBe(true)
  }
}

describeRedis('locks and limits by a client that was handed in', () => {
  const { server } = useKits()

  test.each([
    ['of ioredis 6, with a prefix for all keys', () => new Redis(server().url, { keyPrefix: 'app:' })],
    ['of ioredis 5', () => new Redis5(server().url)],
    ['of ioredis 5, with a prefix for all keys', () => new Redis5(server().url, { keyPrefix: 'app:' })],
    ['of the protocol RESP2', () => new Redis(server().url, { protocol: 2 } as object)],
    ['of another database', () => new Redis(`${server().url}/3`)],
    ['that queues commands by itself', () => new Redis(server().url, { enableAutoPipelining: true })],
  ])('%s', async (_, make) => {
    const clients = [make(), make()]
    const [one, two] = clients.map((client) => toolkit(client as Redis, { prefix: 'p:' }))
    await useBoth(one as Toolkit, two as Toolkit, 'name')
    await Promise.all([one?.close(), two?.close()])
    expect(clients.map((client) => client.status)).toEqual(['ready', 'ready'])
    const keys = await Promise.all([server().admin.keys('*'), clients[0]?.keys('*')])
    const prefix = clients[0]?.options.keyPrefix ?? ''
    for (const key of keys.flat()) expect(String(key).startsWith(`${prefix}p:`)).toBe(true)
    for (const client of clients) client.disconnect()
  })
})

describeRedis('locks and limits in a Redis Cluster', () => {
  let nodes: RedisCluster
  const clients: Cluster[] = []
  beforeAll(async () => {
    nodes = await startRedisCluster()
    for (let n = 0; n < 2; n++) clients.push(new Cluster([...nodes.addresses]))
  })
  afterAll(async () => {
    for (const client of clients) client.disconnect()
    await nodes.stop()
  })

  test('are spread over its nodes', async () => {
    const [one, two] = clients.map((client) => toolkit(client)) as [Toolkit, Toolkit]
    await Promise.all(Array.from({ length: 6 }, (_, n) => useBoth(one, two, `name ${n}`)))
    const limit = one.rateLimit('r', { limit: 1, per: '1h' })
    await Promise.all(Array.from({ length: 30 }, (_, n) => limit.take(`key ${n}`)))
    const sizes = await Promise.all(nodes.nodes.slice(0, 3).map(({ admin }) => admin.keys('rate-limit:*')))
    expect(sizes.map((keys) => keys.length > 0)).toEqual([true, true, true])
    await Promise.all([one.close(), two.close()])
  })

  test('have one holder at a time among 100 callers', async () => {
    const kits = clients.map((client) => toolkit(client))
    let inside = 0
    const most: number[] = []
    const run = async () => {
      most.push(++inside)
      await clients[0]?.set('count', Number(await clients[0]?.get('count')) + 1)
      inside--
    }
    const locks = Array.from({ length: 100 }, (_, n) => kits[n % 2]?.lock('a', { ttl, wait }))
    await Promise.all(locks.map((lock) => lock?.run(run)))
    expect(await clients[0]?.get('count')).toBe('100')
    expect(new Set(most)).toEqual(new Set([1]))
    await Promise.all(kits.map((kit) => kit.close()))
  })
})
