import { Cluster as Cluster6 } from 'ioredis'
import { Cluster as Cluster5 } from 'ioredis5'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { type Clock, nextTurn } from '../../../../src/clock.ts'
import { keySlot } from '../../../../src/redis/slot.ts'
import { type RedisClient, redisStore } from '../../../../src/stores/redis/index.ts'
import type { Store } from '../../../../src/stores/store.ts'
import { firstSlot, type RedisCluster, startRedisCluster } from '../../../helpers/redis-cluster.ts'
import { describeRedis } from '../../../helpers/redis-server.ts'
import { slowClock } from '../../../helpers/slow-clock.ts'
import { TestClock } from '../../../helpers/test-clock.ts'

const LONG = 600_000
const NODE_TIMEOUT = 300
/** An error of the store. On a busy machine a dead node may be told from a silent one too late. */
const storeError = { code: expect.stringMatching(/^ERR_ONETRIP_STORE(_TIMEOUT)?$/) }

/** Returns keys whose slots are in a range. */
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
  })
  afterEach(async () => {
    for (const close of toClose.splice(0).reverse()) await close()
    await cluster.stop()
    expect(printed).not.toHaveBeenCalled()
  })

  /** By its nodes, or a client with the defaults of ioredis. */
  const open = (form: string, clock: Clock = slowClock): Store => {
    const timing = { nodeTimeout: NODE_TIMEOUT }
    if (form === 'by its nodes') {
      const store = redisStore({ nodes: cluster.addresses, ...timing }, clock)
      toClose.push(() => store.close())
      return store
    }
    const Client = form === 'a client of ioredis 6' ? Cluster6 : Cluster5
    const client = new Client([...cluster.addresses])
    client.on('error', () => {})
    const store = redisStore({ client: client as RedisClient, ...timing }, clock)
    toClose.push(
      () => client.disconnect(),
      () => store.close(),
    )
    return store
  }
  /** Waits until the replicas have received all writes. */
  const copied = (count: number) =>
    expect
      .poll(async () => {
        const sizes = await Promise.all(cluster.nodes.slice(3).map(({ admin }) => admin.dbsize()))
        return sizes.reduce((sum, size) => sum + size, 0)
      })
      .toBe(count)
  const FORMS = ['by its nodes', 'a client of ioredis 6', 'a client of ioredis 5']

  it.each(FORMS)('%s: reads and writes go on, and are right, while slots move', async (form) => {
    const store = open(form)
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
    const work = async () => {
      while (!over || rounds < 20) {
        rounds++
        const value = String(rounds)
        expect(await store.setMany(writes(keys, value))).toEqual(new Array(keys.length).fill(true))
        const found = await store.getMany(keys)
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
    // There and back, each time with a wrong slot table of the client.
    const migrating = (async () => {
      await cluster.migrateSlots(range, from, to, 1)
      await cluster.migrateSlots(range, to, from, 0)
      await cluster.migrateSlots(range, from, to, 0)
    })().finally(() => {
      over = true
    })
    await Promise.all([working, migrating])
    expect(rounds).toBeGreaterThan(10)
    expect(await to.admin.cluster('COUNTKEYSINSLOT', keySlot(moving[0] as string))).toBeGreaterThan(0)
    const listed = new Set<string>()
    for await (const key of store.keys?.('key:') ?? []) listed.add(key)
    expect(keys.filter((key) => !listed.has(key))).toEqual([])
  })

  it.each(FORMS)('%s: only the keys of a dead primary fail, until its replica serves them', async (form) => {
    const store = open(form)
    await store.clock()
    await store.setMany(writes(all, 'before'))
    await copied(30)
    expect((await store.getMany(all)).map(textOf)).toEqual(new Array(30).fill('before'))
    const [dead, ...others] = thirds as [string[], string[], string[]]

    const primary = await cluster.primaryOf(firstSlot(0))
    if (!primary) throw new Error('the cluster is not whole')
    await primary.kill()
    const read = async () => {
      const found = await store.getMany([...dead, ...others.flat()])
      expect(found.slice(10).map(textOf)).toEqual(new Array(20).fill('before'))
      return found.slice(0, 10)
    }
    for (let n = 0; n < 5; n++) {
      for (const error of await read())
        expect(error).toMatchObject({ code: expect.stringMatching(/^ERR_ONETRIP_STORE/) })
      const wrote = await store.setMany(writes(['other', ...(others[0] as string[])], 'before'))
      expect(wrote.slice(1)).toEqual(new Array(10).fill(true))
    }
    await cluster.replace(primary)
    await expect.poll(async () => (await read()).every((value) => Buffer.isBuffer(value))).toBe(true)
    expect((await store.getMany(dead)).map(textOf)).toEqual(new Array(10).fill('before'))
    expect(await store.setMany(writes(all, 'after'))).toEqual(new Array(30).fill(true))
    expect(await store.clock()).toBeGreaterThan(0)
    await store.clear('key:')
    expect(await store.getMany(all)).toEqual(new Array(30).fill(null))
  })

  it.each(FORMS)(
    '%s: only the keys of a silent primary fail, and the others wait at most nodeTimeout',
    async (form) => {
      const clock = new TestClock()
      const store = open(form, clock)
      await store.clock()
      await store.setMany(writes(all, 'before'))
      await copied(30)
      const silent = await cluster.primaryOf(firstSlot(1))
      if (!silent) throw new Error('the cluster is not whole')
      const others = [...(thirds[0] as string[]), ...(thirds[2] as string[])]
      silent.pause()
      const late = expect.objectContaining({ code: 'ERR_ONETRIP_STORE_TIMEOUT' })
      const found = ['before', late, 'before'].flatMap((value) => new Array(10).fill(value))

      const ended = vi.fn()
      const reading = store.getMany(all).finally(ended)
      // When this ends, every node that answers has answered the first call too.
      expect((await store.getMany(others)).map(textOf)).toEqual(new Array(20).fill('before'))
      await nextTurn()
      clock.advance(NODE_TIMEOUT - 1)
      await nextTurn()
      expect(ended).not.toHaveBeenCalled()
      clock.advance(1)
      expect((await reading).map(textOf)).toEqual(found)
      // No call waits for it once it has been silent for long.
      clock.advance(1_000)
      await nextTurn()
      await nextTurn()
      expect((await store.getMany(all)).map(textOf)).toEqual(found)

      await cluster.replace(silent)
      const time = setInterval(() => clock.advance(50), 20)
      try {
        await expect
          .poll(async () => (await store.getMany(all)).map(textOf))
          .toEqual(new Array(30).fill('before'))
      } finally {
        clearInterval(time)
      }
      silent.resume()
      await cluster.whole()
      for (let n = 0; n < 20; n++) {
        expect(await store.setMany(writes(all, String(n)))).toEqual(new Array(30).fill(true))
        expect((await store.getMany(all)).map(textOf)).toEqual(new Array(30).fill(String(n)))
      }
    },
  )

  it('rejects where no node answers, and serves when they are back', async () => {
    const store = open('by its nodes')
    await store.clock()
    await Promise.all(cluster.nodes.map((node) => node.kill()))
    await expect(store.getMany(all)).rejects.toMatchObject(storeError)
    for (let n = 0; n < 20; n++) {
      await expect(store.getMany(all)).rejects.toMatchObject(storeError)
      await expect(store.setMany(writes(all, 'x'))).rejects.toMatchObject(storeError)
      await expect(store.deleteMany(all)).rejects.toMatchObject(storeError)
    }
    await Promise.all(cluster.nodes.map((node) => node.restart()))
    await cluster.whole()
    await expect.poll(() => store.setMany(writes(all, 'x')).catch(String)).toEqual(new Array(30).fill(true))
  })

  it('rejects a deletion that did not reach every key', async () => {
    const store = open('by its nodes')
    await store.setMany(writes(all, 'x'))
    await (await cluster.primaryOf(firstSlot(2)))?.kill()
    await expect(store.deleteMany(all)).rejects.toMatchObject(storeError)
    expect(await store.getMany(thirds[0] as string[])).toEqual(new Array(10).fill(null))
  })

  it('closes in time while nodes are silent or gone', async () => {
    const clock = new TestClock()
    const store = open('by its nodes', clock)
    await store.clock()
    cluster.nodes[0]?.pause()
    await cluster.nodes[1]?.kill()
    const call = store.getMany(thirds[0] as string[]).catch((error: Error) => error)
    await nextTurn()
    const closed = store.close()
    clock.advance(1_000)
    await closed
    expect(await call).toMatchObject({ code: 'ERR_ONETRIP_CLOSED' })
    cluster.nodes[0]?.resume()
  })
})
