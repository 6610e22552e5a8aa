import { setTimeout as sleep } from 'node:timers/promises'
import { Cluster as Cluster6 } from 'ioredis'
import { Cluster as Cluster5 } from 'ioredis5'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { keySlot } from '../../src/stores/redis/slot.ts'
import { type RedisClient, redisStore } from '../../src/stores/redis.ts'
import type { Store } from '../../src/stores/store.ts'
import { firstSlot, type RedisCluster, startRedisCluster } from '../helpers/redis-cluster.ts'
import { describeRedis } from '../helpers/redis-server.ts'

const LONG = 600_000
/** In ms. More than the default: where this machine has much to do, a healthy node is not silent for so long. */
const NODE_TIMEOUT = 300

/** Keys whose slots are in a range. */
function keysIn([first, last]: readonly [number, number], count: number, name = 'key'): string[] {
  const keys: string[] = []
  for (let i = 0; keys.length < count; i++) {
    const slot = keySlot(`${name}:${i}`)
    if (slot >= first && slot <= last) keys.push(`${name}:${i}`)
  }
  return keys
}

const thirds = [0, 1, 2].map((n) => keysIn([firstSlot(n), firstSlot(n + 1) - 1], 10))
const all = thirds.flat()
const textOf = (found: Buffer | null | Error | undefined) =>
  Buffer.isBuffer(found) ? found.subarray(17).toString() : found
const writes = (keys: readonly string[], value: string) =>
  keys.map((key) => ({ key, value: Buffer.from(value), ttl: LONG }))

describeRedis('redisStore while a Redis Cluster changes', () => {
  let cluster: RedisCluster
  const toClose: (() => unknown)[] = []
  const printed = vi.spyOn(console, 'error')
  beforeEach(async () => {
    cluster = await startRedisCluster()
    printed.mockClear()
  }, 60_000)
  afterEach(async () => {
    for (const close of toClose.splice(0).reverse()) await close()
    await cluster.stop()
    expect(printed).not.toHaveBeenCalled()
  })

  /** By its nodes, or a client with ioredis' own defaults. */
  const open = (form: string, nodeTimeout?: number): Store => {
    const timing = nodeTimeout === undefined ? {} : { nodeTimeout }
    if (form === 'by its nodes') {
      const store = redisStore({ nodes: cluster.addresses, ...timing })
      toClose.push(() => store.close())
      return store
    }
    const Client = form === 'a client of ioredis 6' ? Cluster6 : Cluster5
    const client = new Client([...cluster.addresses])
    client.on('error', () => {})
    const store = redisStore({ client: client as RedisClient, ...timing })
    toClose.push(
      () => client.disconnect(),
      () => store.close(),
    )
    return store
  }
  const FORMS = ['by its nodes', 'a client of ioredis 6', 'a client of ioredis 5']

  it.each(FORMS)(
    '%s: reads and writes go on, and are right, while slots move',
    async (form) => {
      const store = open(form, 2_000)
      const range = [0, 40] as const
      const moving = keysIn(range, 60)
      const staying = keysIn([6_000, 16_000], 20)
      const keys = [...moving, ...staying]
      const tags = keysIn(range, 20, 'tag')
      const gone = keysIn(range, 20, 'gone')
      await store.setMany(writes(keys, '0'))

      const [from, to] = cluster.nodes as [RedisCluster['nodes'][0], RedisCluster['nodes'][0]]
      let over = false
      let rounds = 0
      const times: number[] = []
      const work = async () => {
        while (!over || rounds < 20) {
          rounds++
          const value = String(rounds)
          expect(await store.setMany(writes(keys, value))).toEqual(new Array(keys.length).fill(true))
          const start = performance.now()
          const found = await store.getMany(keys)
          times.push(performance.now() - start)
          expect(found.map(textOf)).toEqual(new Array(keys.length).fill(value))
          const stamps = await store.stampMany(tags.map((key) => ({ key, kind: 'created', ttl: LONG })))
          for (const stamp of stamps) expect(stamp).toBeInstanceOf(Buffer)
          expect(await store.touchMany(moving.map((key) => ({ key, ttl: LONG })))).toEqual(
            new Array(moving.length).fill(true),
          )
          expect(await store.setMany(writes(gone, value))).toEqual(new Array(gone.length).fill(true))
          expect(await store.deleteMany(gone)).toBe(gone.length)
        }
      }
      const working = work()
      // There and back, and with the client's table wrong each time.
      const migrating = (async () => {
        await cluster.migrateSlots(range, from, to, 1)
        await cluster.migrateSlots(range, to, from, 0)
        await cluster.migrateSlots(range, from, to, 0)
      })().finally(() => {
        over = true
      })
      await Promise.all([working, migrating])
      times.sort((a, b) => a - b)
      const [median, slowest] = [times[times.length >> 1], times.at(-1)].map((ms) => Math.round(ms ?? 0))
      console.info(
        `${form}: ${rounds} reads of ${keys.length} keys while slots moved, median ${median} ms, slowest ${slowest} ms`,
      )
      expect(rounds).toBeGreaterThan(10)
      expect(await to.admin.cluster('COUNTKEYSINSLOT', keySlot(moving[0] as string))).toBeGreaterThan(0)
      const listed = new Set<string>()
      for await (const key of store.keys?.('key:') ?? []) listed.add(key)
      expect(keys.filter((key) => !listed.has(key))).toEqual([])
    },
    60_000,
  )

  it.each(FORMS)(
    '%s: a primary that dies misses its keys alone, until its replica serves them',
    async (form) => {
      const store = open(form, NODE_TIMEOUT)
      await store.clock()
      await store.setMany(writes(all, 'before'))
      await sleep(300) // the replicas have it
      expect((await store.getMany(all)).map(textOf)).toEqual(new Array(30).fill('before'))
      const [dead, ...others] = thirds as [string[], string[], string[]]

      await cluster.killPrimary(0)
      const killedAt = performance.now()
      const times: number[] = []
      let servedAt = 0
      while (servedAt === 0 && performance.now() - killedAt < 15_000) {
        const start = performance.now()
        const found = await store.getMany([...dead, ...others.flat()])
        times.push(performance.now() - start)
        expect(found.slice(10).map(textOf)).toEqual(new Array(20).fill('before'))
        const errors = found.slice(0, 10).filter((value) => value instanceof Error)
        for (const error of errors)
          expect(error).toMatchObject({ code: expect.stringMatching(/^ERR_ONETRIP_STORE/) })
        if (errors.length === 0) servedAt = performance.now()
        else {
          const wrote = await store.setMany(writes(['other', ...(others[0] as string[])], 'before'))
          expect(wrote.slice(1)).toEqual(new Array(10).fill(true))
        }
        await sleep(10)
      }
      const took = Math.round(servedAt - killedAt)
      const slowest = Math.round(Math.max(...times))
      console.info(`${form}: served again after ${took} ms; ${times.length} reads, the slowest ${slowest} ms`)
      expect(servedAt).toBeGreaterThan(0)
      expect(took).toBeLessThan(8_000)
      expect(slowest).toBeLessThan(2 * NODE_TIMEOUT)
      expect((await store.getMany(dead)).map(textOf)).toEqual(new Array(10).fill('before'))
      expect(await store.setMany(writes(all, 'after'))).toEqual(new Array(30).fill(true))
      expect(await store.clock()).toBeGreaterThan(0)
      await store.clear('key:')
      expect(await store.getMany(all)).toEqual(new Array(30).fill(null))
    },
    60_000,
  )

  it.each(FORMS)(
    '%s: a primary that is silent misses its keys alone, and the others wait for nodeTimeout at most',
    async (form) => {
      const store = open(form, NODE_TIMEOUT)
      await store.clock()
      await store.setMany(writes(all, 'before'))
      await sleep(300)
      const silent = await cluster.primaryOf(firstSlot(1))
      silent?.pause()
      const pausedAt = performance.now()
      let served = false
      const times: number[] = []
      while (!served && performance.now() - pausedAt < 20_000) {
        const start = performance.now()
        const found = await store.getMany(all)
        times.push(performance.now() - start)
        expect([...found.slice(0, 10), ...found.slice(20)].map(textOf)).toEqual(new Array(20).fill('before'))
        served = found.every((value) => Buffer.isBuffer(value))
        await sleep(10)
      }
      const took = Math.round(performance.now() - pausedAt)
      console.info(
        `${form}: served again after ${took} ms; the slowest read ${Math.round(Math.max(...times))} ms`,
      )
      expect(served).toBe(true)
      expect(took).toBeLessThan(10_000)
      expect(Math.max(...times)).toBeLessThan(2 * NODE_TIMEOUT)
      silent?.resume()
      await cluster.whole()
      for (let n = 0; n < 20; n++) {
        expect(await store.setMany(writes(all, String(n)))).toEqual(new Array(30).fill(true))
        expect((await store.getMany(all)).map(textOf)).toEqual(new Array(30).fill(String(n)))
        await sleep(20)
      }
    },
    60_000,
  )

  it('rejects where no node answers, and serves when they are back', async () => {
    const store = open('by its nodes')
    await store.clock()
    await Promise.all(cluster.nodes.map((node) => node.kill()))
    await expect(store.getMany(all)).rejects.toMatchObject({ code: 'ERR_ONETRIP_STORE' })
    for (let n = 0; n < 20; n++) {
      await expect(store.getMany(all)).rejects.toMatchObject({ code: 'ERR_ONETRIP_STORE' })
      await expect(store.setMany(writes(all, 'x'))).rejects.toMatchObject({ code: 'ERR_ONETRIP_STORE' })
      await expect(store.deleteMany(all)).rejects.toMatchObject({ code: 'ERR_ONETRIP_STORE' })
    }
    await Promise.all(cluster.nodes.map((node) => node.restart()))
    await cluster.whole()
    await expect
      .poll(() => store.setMany(writes(all, 'x')).catch(String), { timeout: 5_000 })
      .toEqual(new Array(30).fill(true))
  }, 60_000)

  it('a deletion that did not reach every key rejects', async () => {
    const store = open('by its nodes')
    await store.setMany(writes(all, 'x'))
    await cluster.killPrimary(2)
    await expect(store.deleteMany(all)).rejects.toMatchObject({ code: 'ERR_ONETRIP_STORE' })
    expect(await store.getMany(thirds[0] as string[])).toEqual(new Array(10).fill(null))
  })

  it('closes in time while nodes are silent, or gone', async () => {
    const store = open('by its nodes')
    await store.clock()
    cluster.nodes[0]?.pause()
    await cluster.nodes[1]?.kill()
    const call = store.getMany(thirds[0] as string[]).catch((error: Error) => error)
    await sleep(20)
    const start = performance.now()
    await store.close()
    expect(performance.now() - start).toBeLessThan(1_300)
    expect(await call).toMatchObject({ code: 'ERR_ONETRIP_CLOSED' })
    cluster.nodes[0]?.resume()
  })
})
