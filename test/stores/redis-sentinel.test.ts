import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis as Redis6 } from 'ioredis'
import { Redis as Redis5 } from 'ioredis5'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { type RedisClient, redisStore } from '../../src/stores/redis.ts'
import type { Store } from '../../src/stores/store.ts'
import {
  binary,
  describeRedis,
  end,
  freePort,
  type RedisServer,
  run,
  startRedis,
} from '../helpers/redis-server.ts'

const keys = Array.from({ length: 10 }, (_, i) => `key:${i}`)
const writes = (value: string) => keys.map((key) => ({ key, value: Buffer.from(value), ttl: 600_000 }))
const textOf = (found: Buffer | null | Error | undefined) =>
  Buffer.isBuffer(found) ? found.subarray(17).toString() : found

describeRedis('redisStore by sentinels', () => {
  let primary: RedisServer
  let replica: RedisServer
  let sentinel: ChildProcess
  let sentinels: { host: string; port: number }[]
  let folder: string
  const toClose: (() => unknown)[] = []
  const printed = vi.spyOn(console, 'error')
  beforeEach(async () => {
    printed.mockClear()
    primary = await startRedis()
    replica = await startRedis(['--replicaof', '127.0.0.1', String(primary.port)])
    folder = mkdtempSync(join(tmpdir(), 'onetrip-sentinel-'))
    const port = await freePort()
    const settings = [
      `port ${port}`,
      'bind 127.0.0.1',
      `dir ${folder}`,
      `sentinel monitor shop 127.0.0.1 ${primary.port} 1`,
      'sentinel down-after-milliseconds shop 500',
      'sentinel failover-timeout shop 2000',
    ]
    const file = join(folder, 'sentinel.conf')
    writeFileSync(file, settings.join('\n'))
    sentinel = await run(binary as string, [file, '--sentinel'], '+monitor master shop')
    sentinels = [{ host: '127.0.0.1', port }]
    const admin = new Redis6(port, '127.0.0.1')
    const known = async () => {
      const [first] = (await admin.call('SENTINEL', 'REPLICAS', 'shop')) as string[][]
      return first?.join(' ')
    }
    await expect.poll(known, { timeout: 20_000 }).toMatch(/master-link-status ok/)
    admin.disconnect()
  }, 40_000)
  afterEach(async () => {
    for (const close of toClose.splice(0).reverse()) await close()
    await end(sentinel)
    await Promise.all([primary.stop(), replica.stop()])
    rmSync(folder, { recursive: true, force: true })
    expect(printed).not.toHaveBeenCalled()
  })

  const open = (form: string): Store => {
    const options = { sentinels, name: 'shop' }
    if (form === 'by its options') {
      const store = redisStore(options)
      toClose.push(() => store.close())
      return store
    }
    const client = form === 'a client of ioredis 6' ? new Redis6(options) : new Redis5(options)
    client.on('error', () => {})
    const store = redisStore({ client: client as RedisClient })
    toClose.push(
      () => client.disconnect(),
      () => store.close(),
    )
    return store
  }

  it.each(['by its options', 'a client of ioredis 6', 'a client of ioredis 5'])(
    '%s: a failover under reads; served again by the new primary',
    async (form) => {
      const store = open(form)
      await store.setMany(writes('before'))
      await expect.poll(() => replica.admin.dbsize()).toBe(10)
      await primary.kill()
      const killedAt = performance.now()
      let slowest = 0
      let served = false
      while (!served && performance.now() - killedAt < 20_000) {
        const start = performance.now()
        const found = await store.getMany(keys).catch((error: Error) => error)
        slowest = Math.max(slowest, performance.now() - start)
        if (found instanceof Error) expect(found).toMatchObject({ code: 'ERR_ONETRIP_STORE' })
        else served = found.every((value) => textOf(value) === 'before')
        await sleep(10)
      }
      const took = Math.round(performance.now() - killedAt)
      console.info(`${form}: served again after ${took} ms; the slowest read ${Math.round(slowest)} ms`)
      expect(served).toBe(true)
      expect(slowest).toBeLessThan(200)
      await expect
        .poll(() => store.setMany(writes('after')).catch(String), { timeout: 5_000 })
        .toEqual(keys.map(() => true))
      expect((await store.getMany(keys)).map(textOf)).toEqual(keys.map(() => 'after'))
    },
    40_000,
  )

  it('finds the new primary where the old one is silent', async () => {
    const store = open('by its options')
    await store.setMany(writes('before'))
    await expect.poll(() => replica.admin.dbsize()).toBe(10)
    primary.pause()
    const pausedAt = performance.now()
    await expect
      .poll(() => store.setMany(writes('after')).catch(String), { timeout: 20_000, interval: 50 })
      .toEqual(keys.map(() => true))
    console.info(`served again after ${Math.round(performance.now() - pausedAt)} ms`)
    primary.resume()
    await sleep(200)
    expect((await store.getMany(keys)).map(textOf)).toEqual(keys.map(() => 'after'))
  }, 40_000)

  it("readFrom 'replica' reads there, writes to the primary, and reads the primary while no replica serves", async () => {
    const store = redisStore({ sentinels, name: 'shop', readFrom: 'replica', keyPrefix: 'p:' })
    toClose.push(() => store.close())
    await store.setMany(writes('first'))
    await expect.poll(() => replica.admin.dbsize()).toBe(10)
    const readsOf = async (server: RedisServer) => (await server.commandStats()).mget ?? 0
    await expect
      .poll(async () => {
        await store.getMany(keys)
        return readsOf(replica)
      })
      .toBeGreaterThan(0)
    await Promise.all([primary.resetStats(), replica.resetStats()])
    expect((await store.getMany(keys)).map(textOf)).toEqual(keys.map(() => 'first'))
    expect([await readsOf(primary), await readsOf(replica)]).toEqual([0, 1])

    // A condition is compared at the primary, whatever the replica shows.
    const [old] = await store.getMany([keys[0] as string])
    await replica.admin.call('REPLICAOF', 'NO', 'ONE')
    await store.setMany(writes('second'))
    const late = {
      key: keys[0] as string,
      value: Buffer.from('late'),
      ttl: 1_000,
      only: (old as Buffer).subarray(0, 17),
    }
    expect(textOf((await store.getMany([late.key]))[0])).toBe('first')
    expect(await store.setMany([late])).toEqual([false])

    replica.pause()
    const silent = await store.getMany(keys)
    expect(silent.map(textOf)).toEqual(keys.map(() => 'second'))
    await end(sentinel) // what is connected needs it no more
    await replica.kill()
    await expect.poll(async () => (await store.getMany(keys)).map(textOf)).toEqual(keys.map(() => 'second'))
    for (let n = 0; n < 10; n++) {
      const start = performance.now()
      await store.getMany(keys)
      expect(performance.now() - start).toBeLessThan(50)
    }
  }, 40_000)
})
