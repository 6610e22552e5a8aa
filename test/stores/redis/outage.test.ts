import { createServer } from 'node:net'
import { Redis as Redis6 } from 'ioredis'
import { Redis as Redis5 } from 'ioredis5'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { nextTurn } from '../../../src/clock.ts'
import { type RedisClient, type RedisStoreOptions, redisStore } from '../../../src/stores/redis/index.ts'
import type { Store } from '../../../src/stores/store.ts'
import { describeRedis, freePort, type RedisServer, startRedis } from '../../helpers/redis-server.ts'
import { TestClock } from '../../helpers/test-clock.ts'

/** Returns how a call ended: `ok`, or the code of its error. */
const outcome = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'ok',
    (error) => error.code as string,
  )

describeRedis('redisStore in an outage', () => {
  let server: RedisServer
  let store: Store
  /** It stands still unless a test moves it, so what ends without that ends at once. */
  let clock: TestClock
  const toClose: (() => unknown)[] = []
  const printed = vi.spyOn(console, 'error')
  beforeEach(async () => {
    server = await startRedis()
    clock = new TestClock()
    printed.mockClear()
  })
  afterEach(async () => {
    for (const close of toClose.splice(0).reverse()) await close()
    await server.stop()
    // Without a listener ioredis would print "[ioredis] Unhandled error event".
    expect(printed).not.toHaveBeenCalled()
  })
  const open = (options: RedisStoreOptions): Store => {
    store = redisStore(options, clock)
    toClose.push(() => store.close())
    return store
  }
  const read = () => outcome(store.getMany(['a']))
  const serves = () => expect.poll(read, { interval: 20 }).toBe('ok')
  /** Moves the clock in steps, with a turn of the event loop for each. */
  const pass = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 50) {
      clock.advance(50)
      await nextTurn()
    }
  }

  it('fails at once while the server is down, and reconnects without help', async () => {
    open({ url: server.url })
    await store.clock()
    await server.kill()
    for (let i = 0; i < 50; i++) expect(await read()).toBe('ERR_ONETRIP_STORE')
    // The pauses between the attempts have grown.
    let tries = 0
    const door = createServer((socket) => {
      tries++
      socket.destroy()
    })
    await new Promise<void>((resolve) => door.listen(server.port, '127.0.0.1', resolve))
    await expect.poll(() => tries).toBeGreaterThan(5)
    await new Promise((resolve) => door.close(resolve))
    await server.restart()
    await serves()
  })

  it('rejects calls that were under way when the server died', async () => {
    open({ url: server.url })
    await store.clock()
    server.pause()
    const call = outcome(store.getMany(['a']))
    const message = store.getMany(['b']).catch((error: Error) => error.message)
    await nextTurn()
    await server.kill()
    expect(await call).toBe('ERR_ONETRIP_STORE')
    expect(await message).toBe(`Redis at 127.0.0.1:${server.port} failed: the connection was lost`)
  })

  it('works when a server that was missing at first has started', async () => {
    const port = await freePort()
    open({ url: `redis://127.0.0.1:${port}` })
    expect(await read()).toBe('ERR_ONETRIP_STORE')
    await store.close()
    await server.kill()
    open({ url: server.url })
    expect(await read()).toBe('ERR_ONETRIP_STORE')
    await server.restart()
    await serves()
  })

  it('sends nothing to a server that stopped answering, until it answers', async () => {
    open({ url: server.url })
    await store.clock()
    server.pause()
    const begun = clock.now()
    expect(await clock.until(read())).toBe('ERR_ONETRIP_STORE_TIMEOUT')
    expect(clock.now() - begun).toBeGreaterThanOrEqual(1_000)
    expect(clock.now() - begun).toBeLessThan(1_500)
    for (let i = 0; i < 20; i++) expect(await read()).toBe('ERR_ONETRIP_STORE_TIMEOUT')
    server.resume()
    await serves()
  })

  it('reopens a connection that is silent for long', async () => {
    open({ url: server.url })
    await store.clock()
    const id = async () => ((await server.admin.client('LIST')) as string).match(/id=\d+/g)?.at(-1)
    const before = await id()
    server.pause()
    await clock.until(read())
    await pass(7_500)
    expect(await read()).toMatch(/^ERR_ONETRIP_STORE/)
    server.resume()
    await serves()
    expect(await id()).not.toBe(before)
  })

  it('waits at most 1 s for the first connection', async () => {
    const mute = createServer(() => {})
    const port = await new Promise<number>((resolve) => {
      mute.listen(0, '127.0.0.1', () => resolve((mute.address() as { port: number }).port))
    })
    toClose.push(() => mute.close())
    open({ url: `redis://127.0.0.1:${port}` })
    const first = outcome(store.getMany(['a']))
    await pass(1_000)
    expect(await first).toBe('ERR_ONETRIP_STORE')
    expect(await read()).toBe('ERR_ONETRIP_STORE')
  })

  it('closes in time if the server is down, silent, or never ran', async () => {
    open({ url: server.url })
    await store.clock()
    server.pause()
    const pending = read()
    await nextTurn()
    const closed = store.close()
    await pass(1_000)
    await closed
    expect(await pending).toBe('ERR_ONETRIP_CLOSED')
    server.resume()

    const never = redisStore({ url: `redis://127.0.0.1:${await freePort()}` }, clock)
    const call = outcome(never.getMany(['a']))
    await never.close()
    expect(await call).toMatch(/CLOSED|STORE/)
    await server.kill()
    const gone = redisStore({ url: server.url }, clock)
    // From then on it is between two attempts.
    expect(await outcome(gone.getMany(['a']))).toBe('ERR_ONETRIP_STORE')
    await gone.close()
  })

  describe.each([
    ['ioredis 5', Redis5],
    ['ioredis 6', Redis6],
  ] as const)('a client of the application of %s, with its own defaults', (_, Redis) => {
    /** The queues are private in the types of ioredis. */
    type Client = RedisClient & { offlineQueue: { length: number }; commandQueue: { length: number } }
    let client: Client
    beforeEach(async () => {
      client = new (Redis as unknown as new (url: string) => Client)(server.url)
      client.on('error', () => {})
      toClose.push(() => client.disconnect())
      open({ client })
      await store.clock()
    })

    it('gets no commands while it is not connected', async () => {
      await server.kill()
      for (let i = 0; i < 100; i++) expect(await read()).toBe('ERR_ONETRIP_STORE')
      expect(client.offlineQueue.length).toBe(0)
      await server.restart()
      await serves()
    })

    it('gets no more commands while the server is silent', async () => {
      server.pause()
      const calls = Array.from({ length: 100 }, read)
      await pass(1_250)
      const atTheLimit = client.commandQueue.length
      expect(atTheLimit).toBe(100)
      for (let i = 0; i < 100; i++) calls.push(read())
      await nextTurn()
      expect(client.commandQueue.length).toBe(atTheLimit)
      expect(new Set(await Promise.all(calls))).toEqual(new Set(['ERR_ONETRIP_STORE_TIMEOUT']))
      server.resume()
      await serves()
      expect(client.commandQueue.length).toBe(0)
    })

    it('gets at most 1,000 commands at a time', async () => {
      server.pause()
      const calls = Array.from({ length: 1_500 }, read)
      await nextTurn()
      expect(client.commandQueue.length).toBe(1_000)
      server.resume()
      const ends = await Promise.all(calls)
      expect(ends.filter((end) => end === 'ok').length).toBe(1_000)
      expect(ends.filter((end) => end === 'ERR_ONETRIP_STORE').length).toBe(500)
    })
  })
})
