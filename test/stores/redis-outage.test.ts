import { createServer } from 'node:net'
import { Redis as Redis6 } from 'ioredis'
import { Redis as Redis5 } from 'ioredis5'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type RedisClient, type RedisStoreOptions, redisStore } from '../../src/stores/redis.ts'
import type { Store } from '../../src/stores/store.ts'
import { describeRedis, freePort, type RedisServer, startRedis } from '../helpers/redis-server.ts'

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** How a call ended (`ok`, or the code of its error) and after how many ms. */
async function outcome(call: Promise<unknown>): Promise<{ end: string; ms: number }> {
  const start = performance.now()
  const end = await call.then(
    () => 'ok',
    (error) => error.code as string,
  )
  return { end, ms: performance.now() - start }
}

describeRedis('redisStore in an outage', () => {
  let server: RedisServer
  let store: Store
  const toClose: (() => unknown)[] = []
  const printed = vi.spyOn(console, 'error')
  beforeEach(async () => {
    server = await startRedis()
    printed.mockClear()
  })
  afterEach(async () => {
    for (const close of toClose.splice(0).reverse()) await close()
    await server.stop()
    // "[ioredis] Unhandled error event" is what a user would see of a missing listener.
    expect(printed).not.toHaveBeenCalled()
  })
  const open = (options: RedisStoreOptions): Store => {
    store = redisStore(options)
    toClose.push(() => store.close())
    return store
  }
  const serves = (timeout: number) =>
    expect.poll(async () => (await outcome(store.getMany(['a']))).end, { timeout, interval: 20 }).toBe('ok')

  it('fails at once while the server is gone, and serves again by itself', async () => {
    open({ url: server.url })
    await store.clock()
    await server.kill()
    await sleep(20)
    for (let i = 0; i < 50; i++) {
      const { end, ms } = await outcome(store.getMany(['a']))
      expect(end).toBe('ERR_ONETRIP_STORE')
      expect(ms).toBeLessThan(50)
    }
    await sleep(2_000) // the pauses between the tries have grown
    await server.restart()
    await serves(1_500)
  })

  it('fails what was under way when the server died', async () => {
    open({ url: server.url })
    await store.clock()
    server.pause()
    const call = outcome(store.getMany(['a']))
    const message = store.getMany(['b']).catch((error: Error) => error.message)
    await sleep(50)
    await server.kill()
    const { end, ms } = await call
    expect(end).toBe('ERR_ONETRIP_STORE')
    expect(ms).toBeLessThan(500)
    expect(await message).toBe(`Redis at 127.0.0.1:${server.port} failed: the connection was lost`)
  })

  it('works without a server at the start, and when there is one', async () => {
    const port = await freePort()
    open({ url: `redis://127.0.0.1:${port}` })
    expect(await outcome(store.getMany(['a']))).toMatchObject({ end: 'ERR_ONETRIP_STORE' })
    await store.close()
    await server.kill()
    open({ url: server.url })
    expect((await outcome(store.getMany(['a']))).ms).toBeLessThan(200)
    await server.restart()
    await serves(1_500)
  })

  it('gives up on a server that stopped answering, sends nothing more, and serves when it answers', async () => {
    open({ url: server.url })
    await store.clock()
    server.pause()
    const first = await outcome(store.getMany(['a']))
    expect(first.end).toBe('ERR_ONETRIP_STORE_TIMEOUT')
    expect(first.ms).toBeGreaterThan(950)
    expect(first.ms).toBeLessThan(1_500)
    for (let i = 0; i < 20; i++) {
      const { end, ms } = await outcome(store.getMany(['a']))
      expect(end).toBe('ERR_ONETRIP_STORE_TIMEOUT')
      expect(ms).toBeLessThan(20)
    }
    server.resume()
    await serves(1_000)
  })

  it('opens a connection anew whose other end is silent for long', async () => {
    open({ url: server.url })
    await store.clock()
    const id = async () => ((await server.admin.client('LIST')) as string).match(/id=\d+/g)?.at(-1)
    const before = await id()
    server.pause()
    await outcome(store.getMany(['a']))
    await sleep(7_500)
    expect((await outcome(store.getMany(['a']))).ms).toBeLessThan(20)
    server.resume()
    await serves(3_000)
    expect(await id()).not.toBe(before)
  }, 20_000)

  it('waits no longer than a second for a first connection to something that never answers', async () => {
    const mute = createServer(() => {})
    const port = await new Promise<number>((resolve) => {
      mute.listen(0, '127.0.0.1', () => resolve((mute.address() as { port: number }).port))
    })
    toClose.push(() => mute.close())
    open({ url: `redis://127.0.0.1:${port}` })
    const first = await outcome(store.getMany(['a']))
    expect(first.end).toBe('ERR_ONETRIP_STORE')
    expect(first.ms).toBeLessThan(1_300)
    expect((await outcome(store.getMany(['a']))).ms).toBeLessThan(20)
  })

  it('closes in time when the server is gone, silent, or never was there', async () => {
    open({ url: server.url })
    await store.clock()
    server.pause()
    const pending = outcome(store.getMany(['a']))
    await sleep(20)
    expect((await outcome(store.close())).ms).toBeLessThan(1_200)
    expect((await pending).end).toBe('ERR_ONETRIP_CLOSED')
    server.resume()

    const never = redisStore({ url: `redis://127.0.0.1:${await freePort()}` })
    const call = outcome(never.getMany(['a']))
    expect((await outcome(never.close())).ms).toBeLessThan(100)
    expect((await call).end).toMatch(/CLOSED|STORE/)
    await server.kill()
    const gone = redisStore({ url: server.url })
    await sleep(100)
    expect((await outcome(gone.close())).ms).toBeLessThan(100)
  })

  describe.each([
    ['ioredis 5', Redis5],
    ['ioredis 6', Redis6],
  ] as const)('a client of %s with its own defaults that was handed in', (_, Redis) => {
    /** The queues are private in ioredis' types, and the very thing to watch. */
    type Client = RedisClient & { offlineQueue: { length: number }; commandQueue: { length: number } }
    let client: Client
    beforeEach(async () => {
      client = new (Redis as unknown as new (url: string) => Client)(server.url)
      client.on('error', () => {})
      toClose.push(() => client.disconnect())
      open({ client })
      await store.clock()
    })

    it('gets no command while it is not connected', async () => {
      await server.kill()
      await sleep(20)
      for (let i = 0; i < 100; i++) {
        const { end, ms } = await outcome(store.getMany(['a']))
        expect(end).toBe('ERR_ONETRIP_STORE')
        expect(ms).toBeLessThan(50)
      }
      expect(client.offlineQueue.length).toBe(0)
      await server.restart()
      await serves(3_000)
    })

    it('gets no more commands while the server is silent', async () => {
      server.pause()
      const calls: Promise<{ end: string }>[] = []
      let atTheLimit = 0
      for (let i = 0; i < 200; i++) {
        calls.push(outcome(store.getMany(['a'])))
        await sleep(10)
        if (i === 130) atTheLimit = client.commandQueue.length
      }
      expect(client.commandQueue.length).toBe(atTheLimit)
      expect(client.commandQueue.length).toBeLessThan(150)
      const ends = await Promise.all(calls)
      expect(new Set(ends.map(({ end }) => end))).toEqual(new Set(['ERR_ONETRIP_STORE_TIMEOUT']))
      server.resume()
      await serves(1_000)
      expect(client.commandQueue.length).toBe(0)
    })

    it('gets at most 1,000 commands that wait for an answer', async () => {
      server.pause()
      const calls = Array.from({ length: 1_500 }, () => outcome(store.getMany(['a'])))
      await sleep(20)
      expect(client.commandQueue.length).toBe(1_000)
      server.resume()
      const ends = (await Promise.all(calls)).map(({ end }) => end)
      expect(ends.filter((end) => end === 'ok').length).toBe(1_000)
      expect(ends.filter((end) => end === 'ERR_ONETRIP_STORE').length).toBe(500)
    })
  })
})
