import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import type { Store } from '../../../src/stores/store.ts'
import { patientRedisStore } from '../../helpers/patient-stores.ts'
import { describeRedis, type RedisServer, startRedis } from '../../helpers/redis-server.ts'
import { startTcpProxy, type TcpProxy } from '../../helpers/tcp-proxy.ts'

describeRedis('round trips of redisStore', () => {
  let server: RedisServer
  let proxy: TcpProxy
  let store: Store
  beforeAll(async () => {
    server = await startRedis()
    proxy = await startTcpProxy(server.port)
    store = patientRedisStore({ url: `redis://127.0.0.1:${proxy.port}`, keyPrefix: 'pre:' })
    await store.clock()
  })
  beforeEach(async () => {
    await server.resetStats()
    proxy.resetTrips()
  })
  afterAll(async () => {
    await store.close()
    await proxy.close()
    await server.stop()
  })

  const keys = (count: number) => Array.from({ length: count }, (_, i) => `key:${i}`)
  const writes = (count: number, bytes = 2_000) =>
    keys(count).map((key) => ({ key, value: Buffer.alloc(bytes, key), ttl: 60_000, ifStamp: null }))

  it('writes a page of 12 misses by one command in one trip', async () => {
    expect(await store.setMany(writes(12))).toEqual(new Array(12).fill(true))
    expect(proxy.trips()).toBe(1)
    // Redis also counts the commands that the script calls.
    expect(await server.commandStats()).toEqual({ evalsha: 1, time: 1, getrange: 12, set: 12 })
  })

  it('reads 24 keys by one MGET in one trip', async () => {
    await store.getMany(keys(24))
    expect(proxy.trips()).toBe(1)
    expect(await server.commandStats()).toEqual({ mget: 1 })
  })

  it('reads 2,500 keys by three MGETs in one trip', async () => {
    const found = await store.getMany(keys(2_500))
    expect(found.length).toBe(2_500)
    expect(found.filter((value) => value !== null).length).toBe(12)
    expect(proxy.trips()).toBe(1)
    expect(await server.commandStats()).toEqual({ mget: 3 })
  })

  it('shares a trip between calls of one turn of the event loop', async () => {
    await Promise.all([store.getMany(['a']), store.setMany(writes(1)), store.getMany(['b'])])
    expect(proxy.trips()).toBe(1)
  })

  it('bounds what one script does: 64 keys, about 256 KB; still one trip', async () => {
    await store.setMany(writes(130, 10))
    expect(await server.commandStats()).toMatchObject({ evalsha: 3 })
    await server.resetStats()
    await store.setMany(writes(6, 100_000))
    expect(await server.commandStats()).toMatchObject({ evalsha: 3 })
    await store.setMany(writes(1, 1_000_000))
    expect(proxy.trips()).toBe(3)
  })

  it('stamps, touches, deletes and clears in one trip each', async () => {
    const ttl = 60_000
    await store.stampMany(keys(5).map((key) => ({ key, kind: 'deleted', ttl })))
    expect(proxy.trips()).toBe(1)
    await store.touchMany(keys(5).map((key) => ({ key, ttl })))
    expect(proxy.trips()).toBe(2)
    await store.deleteMany(keys(5))
    expect(proxy.trips()).toBe(3)
    expect(await server.commandStats()).toMatchObject({ evalsha: 2, unlink: 1 })
  })

  it('sends nothing for empty batches', async () => {
    await store.getMany([])
    await store.setMany([])
    await store.deleteMany([])
    expect(await server.commandStats()).toEqual({})
  })

  it('puts the keyPrefix before every key exactly once, and lists keys without it', async () => {
    await server.admin.flushall()
    await server.admin.set('other', '1')
    await server.admin.set('pre:pre:key:9', '1')
    await store.setMany(writes(2))
    await store.stampMany([{ key: 'stamp', kind: 'created', ttl: 1_000 }])
    expect((await server.admin.keys('*')).sort()).toEqual(
      ['other', 'pre:key:0', 'pre:key:1', 'pre:pre:key:9', 'pre:stamp'].sort(),
    )
    const listed: string[] = []
    for await (const key of store.keys?.('') ?? []) listed.push(key)
    expect(listed.sort()).toEqual(['key:0', 'key:1', 'pre:key:9', 'stamp'])
    await store.clear('key:')
    expect((await server.admin.keys('*')).sort()).toEqual(['other', 'pre:pre:key:9', 'pre:stamp'])
  })

  it('loads its scripts again where the server has forgotten them', async () => {
    await server.admin.script('FLUSH')
    proxy.resetTrips()
    expect(await store.setMany([{ key: 'again', value: Buffer.from('x'), ttl: 1_000 }])).toEqual([true])
    expect(proxy.trips()).toBe(2)
    expect(await store.setMany([{ key: 'again', value: Buffer.from('x'), ttl: 1_000 }])).toEqual([true])
    expect(proxy.trips()).toBe(3)
  })

  it('needs no script load on the first write after a restart', async () => {
    await server.restart()
    await expect.poll(() => store.clock().catch(() => null)).not.toBeNull()
    await server.resetStats()
    await store.setMany(writes(3))
    expect(await server.commandStats()).toEqual({ evalsha: 1, time: 1, getrange: 3, set: 3 })
  })
})
