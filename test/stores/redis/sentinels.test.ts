import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis as Redis6 } from 'ioredis'
import { Redis as Redis5 } from 'ioredis5'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { nextTurn, processClock } from '../../../src/clock.ts'
import { Connection, OURS } from '../../../src/redis/connection.ts'
import { type RedisClient, redisStore } from '../../../src/stores/redis/index.ts'
import type { Store } from '../../../src/stores/store.ts'
import {
  binary,
  describeRedis,
  end,
  freePort,
  type RedisServer,
  run,
  startRedis,
} from '../../helpers/redis-server.ts'
import { slowClock } from '../../helpers/slow-clock.ts'
import { TestClock } from '../../helpers/test-clock.ts'

const keys = Array.from({ length: 10 }, (_, i) => `key:${i}`)
const writes = (value: string) => keys.map((key) => ({ key, value: Buffer.from(value), ttl: 600_000 }))
/** Timeout of what the sentinel and ioredis do in real time. */
const EVENTUALLY = { interval: 50 }
const textOf = (found: Buffer | null | Error | undefined) =>
  Buffer.isBuffer(found) ? found.subarray(17).toString() : found

/** Reads a reply of names and values in turn. */
function asObject(reply: readonly string[]): Record<string, string> {
  const pairs = Array.from({ length: reply.length / 2 }, (_, i) => [reply[2 * i], reply[2 * i + 1]])
  return Object.fromEntries(pairs)
}

describeRedis('redisStore by sentinels', () => {
  let primary: RedisServer
  let replica: RedisServer
  let sentinel: ChildProcess
  /** Client for commands to the sentinel. */
  let admin: Redis6
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
      // The test decides when the primary is replaced: a busy machine delays healthy ones too.
      'sentinel down-after-milliseconds shop 600000',
      'sentinel failover-timeout shop 60000',
    ]
    const file = join(folder, 'sentinel.conf')
    writeFileSync(file, settings.join('\n'))
    sentinel = await run(binary as string, [file, '--sentinel'], '+monitor master shop')
    sentinels = [{ host: '127.0.0.1', port }]
    admin = new Redis6(port, '127.0.0.1')
    admin.on('error', () => {}) // one of the tests ends the sentinel
    const known = async () => {
      const [first] = (await admin.call('SENTINEL', 'REPLICAS', 'shop')) as string[][]
      return first?.join(' ')
    }
    await expect.poll(known, EVENTUALLY).toMatch(/master-link-status ok/)
  })
  afterEach(async () => {
    for (const close of toClose.splice(0).reverse()) await close()
    admin.disconnect()
    await end(sentinel)
    await Promise.all([primary.stop(), replica.stop()])
    rmSync(folder, { recursive: true, force: true })
    expect(printed).not.toHaveBeenCalled()
  })

  /**
   * Makes the replica the primary, as if the old one had been gone for long. On a busy machine the
   * sentinel may give up a failover that it has begun; it does not begin another one by itself.
   */
  const failOver = () => {
    const isDone = async () => {
      const state = asObject((await admin.call('SENTINEL', 'MASTER', 'shop')) as string[])
      if (state.port === String(replica.port)) return true
      const isUnderWay = state.flags?.includes('failover_in_progress')
      if (!isUnderWay) await admin.call('SENTINEL', 'FAILOVER', 'shop').catch(() => {})
      return false
    }
    return expect.poll(isDone, EVENTUALLY).toBe(true)
  }
  const open = (form: string): Store => {
    const options = { sentinels, name: 'shop' }
    if (form === 'by its options') {
      const store = redisStore(options, slowClock)
      toClose.push(() => store.close())
      return store
    }
    const client = form === 'a client of ioredis 6' ? new Redis6(options) : new Redis5(options)
    client.on('error', () => {})
    const store = redisStore({ client: client as RedisClient }, slowClock)
    toClose.push(
      () => client.disconnect(),
      () => store.close(),
    )
    return store
  }

  /** Reads until the store answers: the sentinel cuts the connections of the new primary again. */
  const answerOf = async (store: Store) => {
    let found: (Buffer | null | Error)[] | undefined
    const isAnswered = async () => {
      found = await store.getMany(keys).catch(() => undefined)
      return found?.every((one) => !(one instanceof Error)) ?? false
    }
    await expect.poll(isAnswered, EVENTUALLY).toBe(true)
    return found?.map(textOf)
  }

  it.each(['by its options', 'a client of ioredis 6', 'a client of ioredis 5'])(
    '%s: a failover under reads; served again by the new primary',
    async (form) => {
      const store = open(form)
      await store.setMany(writes('before'))
      await expect.poll(() => replica.admin.dbsize()).toBe(10)
      await primary.kill()
      const read = async () => {
        const found = await store.getMany(keys).catch((error: Error) => error)
        if (!(found instanceof Error)) return found.map(textOf)
        // It was refused, or not answered in time.
        expect(found).toMatchObject({ code: expect.stringMatching(/^ERR_ONETRIP_STORE(_TIMEOUT)?$/) })
        return `failed: ${found.message}`
      }
      for (let n = 0; n < 5; n++) expect(await read()).toMatch(/^failed/)
      await failOver()
      await expect.poll(read, EVENTUALLY).toEqual(keys.map(() => 'before'))
      await expect
        .poll(() => store.setMany(writes('after')).catch(String), EVENTUALLY)
        .toEqual(keys.map(() => true))
      expect(await answerOf(store)).toEqual(keys.map(() => 'after'))
    },
  )

  it.each([5, 6])('ioredis %d, cut off while it looks for the primary: connects again', async (version) => {
    const options = { sentinels, name: 'shop', lazyConnect: true }
    const client = (version === 5 ? new Redis5(options) : new Redis6(options)) as RedisClient
    const connection = new Connection('The test', client, OURS, processClock, () => {})
    toClose.push(() => connection.close())
    await client.connect()
    const ended = new Promise<void>((resolve) => client.on('end', () => resolve()))
    // As its detector of failovers does when the sentinel reports a new primary.
    const { connector } = client as unknown as { connector: { disconnect(): void } }
    const cutOff = () => {
      client.off('connecting', cutOff)
      connector.disconnect()
    }
    client.on('connecting', cutOff)
    client.disconnect(true)
    await ended
    await expect.poll(() => connection.ready, EVENTUALLY).toBe(true)
  })

  it('finds the new primary if the old one is silent', async () => {
    const store = open('by its options')
    await store.setMany(writes('before'))
    await expect.poll(() => replica.admin.dbsize()).toBe(10)
    primary.pause()
    await failOver()
    await expect
      .poll(() => store.setMany(writes('after')).catch(String), EVENTUALLY)
      .toEqual(keys.map(() => true))
    primary.resume()
    // The old one is back, and takes itself for the primary for a while.
    expect(await primary.admin.ping()).toBe('PONG')
    for (let n = 0; n < 20; n++) expect(await answerOf(store)).toEqual(keys.map(() => 'after'))
  })

  it("readFrom 'replica' reads there, writes to the primary, and reads the primary while no replica serves", async () => {
    const clock = new TestClock()
    const store = redisStore({ sentinels, name: 'shop', readFrom: 'replica', keyPrefix: 'p:' }, clock)
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

    // A condition is compared at the primary, whatever the replica has.
    const [old] = await store.getMany([keys[0] as string])
    await replica.admin.call('REPLICAOF', 'NO', 'ONE')
    await store.setMany(writes('second'))
    const late = {
      key: keys[0] as string,
      value: Buffer.from('late'),
      ttl: 1_000,
      ifStamp: (old as Buffer).subarray(0, 17),
    }
    expect(textOf((await store.getMany([late.key]))[0])).toBe('first')
    expect(await store.setMany([late])).toEqual([false])

    replica.pause()
    const reading = store.getMany(keys)
    // In steps: after 1 s the primary is read in place of the replica.
    for (let passed = 0; passed < 1_250; passed += 50) {
      clock.advance(50)
      await nextTurn()
    }
    const silent = await reading
    expect(silent.map(textOf)).toEqual(keys.map(() => 'second'))
    await end(sentinel) // connected clients do not need it
    await replica.kill()
    await expect.poll(async () => (await store.getMany(keys)).map(textOf)).toEqual(keys.map(() => 'second'))
    for (let n = 0; n < 10; n++)
      expect((await store.getMany(keys)).map(textOf)).toEqual(keys.map(() => 'second'))
  })
})
