import { Redis as Redis6 } from 'ioredis'
import { Redis as Redis5 } from 'ioredis5'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, test } from 'vitest'
import { memoryStore } from '../../../src/stores/memory/index.ts'
import { type RedisStoreOptions, redisStore } from '../../../src/stores/redis/index.ts'
import type { Store } from '../../../src/stores/store.ts'
import { type TieredStoreOptions, tieredStore } from '../../../src/stores/tiered/index.ts'
import { storeConformance } from '../../../src/testing/index.ts'
import { machineTime } from '../../../src/testing/store/case.ts'
import { untilCopied, untilTold } from '../../helpers/copies.ts'
import { type FaultProxy, startFaultProxy } from '../../helpers/fault-proxy.ts'
import { describeRedis, onlyOnRedis, type RedisServer, startRedis } from '../../helpers/redis-server.ts'
import { steadyClock } from '../../helpers/steady-clock.ts'
import { TestClock, timeOf } from '../../helpers/test-clock.ts'

const write = (key: string, value: string, ttl = 60_000) => ({ key, value: Buffer.from(value), ttl })
const textOf = (found: Buffer | null | Error | undefined) =>
  Buffer.isBuffer(found) ? found.subarray(17).toString() : found

async function read(store: Store, key: string): Promise<unknown> {
  const [held] = store.getCopies?.([key]) ?? []
  return textOf(held ? held.bytes : (await store.getMany([key]))[0])
}

/** Waits until a condition holds. */
const until = (condition: () => unknown) => expect.poll(condition).toBeTruthy()

describeRedis('tieredStore on Redis', () =>
  describe.each(['tracking', 'stream'] as const)('by %s', (coherence) => {
    let server: RedisServer
    let proxy: FaultProxy
    const log = coherence === 'stream'
    /** Clock of all stores. It stands still unless a test moves it. */
    const clock = steadyClock()
    const open: Store[] = []
    const errors: Error[] = []
    beforeAll(async () => {
      server = await startRedis()
      proxy = await startFaultProxy(server.port)
    })
    beforeEach(() => server.admin.flushall())
    afterEach(async () => {
      proxy.set()
      await Promise.all(open.splice(0).map((store) => store.close()))
      errors.length = 0
    })
    afterAll(async () => {
      await proxy.close()
      await server.stop()
    })

    function tiered(port = server.port, coherenceLag = 1_000, keyPrefix = ''): Store {
      const store = tierOn(redis({ url: `redis://127.0.0.1:${port}`, keyPrefix, log }), { coherenceLag })
      store.onError?.((error) => errors.push(error))
      return store
    }

    function tierOn(second: Store, options: Partial<TieredStoreOptions> = {}): Store {
      const store = tieredStore({ first: memoryStore({}, clock), second, coherence, ...options }, clock)
      open.push(store)
      return store
    }

    function redis(options: RedisStoreOptions = { url: server.url }): Store {
      const store = redisStore({ log, ...options } as RedisStoreOptions, clock)
      open.push(store)
      return store
    }

    it('reads copies without a command', async () => {
      const store = tiered(server.port, 1_000, 'é:')
      await store.setMany([write('a', '1'), write('b', '2')])
      await untilCopied(store, 'a')
      await untilCopied(store, 'b')
      await server.resetStats()
      for (let n = 0; n < 100; n++)
        expect(store.getCopies?.(['a', 'b'])?.map(({ bytes }) => textOf(bytes))).toEqual(['1', '2'])
      expect(await store.getMany(['a', 'b']).then((found) => found.map(textOf))).toEqual(['1', '2'])
      // Once a second the follower asks what is new.
      const { xread: _following, ...commands } = await server.commandStats()
      expect(commands).toEqual({})
      expect(store.getCopies?.(['a', 'absent'])).toBe(undefined)
    })

    it('copies no key that is outside its prefix or not valid Unicode', async () => {
      const store = tierOn(redis(), { prefix: 'in:' })
      const keys = ['in:a', 'out', 'in:\ud800']
      await store.setMany(keys.map((key) => write(key, '1')))
      await untilCopied(store, 'in:a')
      for (let n = 0; n < 5; n++) await store.getMany(keys)
      expect(keys.map((key) => store.getCopies?.([key]) !== undefined)).toEqual([true, false, false])
    })

    it('refuses a memoryStore or a redisStore of another tier', () => {
      const first = memoryStore()
      const second = redisStore({ url: `redis://127.0.0.1:${server.port}` })
      open.push(tieredStore({ first, second }))
      const other = redisStore({ url: `redis://127.0.0.1:${server.port}` })
      open.push(other)
      expect(() => tieredStore({ first, second: other })).toThrow(/make a memoryStore for each/)
      expect(() => tieredStore({ first: memoryStore(), second })).toThrow(/make a redisStore for each/)
    })

    it('keeps the copy of a version while others store entries with its tag', async () => {
      const store = tiered()
      const other = redis()
      await other.setMany([write('version', 'v', 60_000)])
      await untilCopied(store, 'version')
      await other.touchMany([{ key: 'version', ttl: 600_000 }])
      // The log does not name it, since its value is the same.
      if (coherence === 'tracking') await until(() => store.getCopies?.(['version']) === undefined)
      await untilCopied(store, 'version')
      for (let n = 0; n < 20; n++) await other.touchMany([{ key: 'version', ttl: 600_000 + n * 100 }])
      await untilTold(store, other)
      expect(store.getCopies?.(['version'])).toBeDefined()
      expect(await server.admin.pttl('version')).toBeGreaterThan(620_000)
    })

    it('sees its own writes, stamps and deletions at once, also during reads', async () => {
      const store = tiered()
      await store.setMany([write('a', '0')])
      await untilCopied(store, 'a')
      for (let n = 1; n <= 200; n++) {
        const reads = Array.from({ length: 5 }, () => store.getMany(['a']))
        await store.setMany([write('a', String(n))])
        expect(await read(store, 'a')).toBe(String(n))
        await Promise.all(reads)
        expect(await read(store, 'a')).toBe(String(n))
      }
      const [stamp] = await store.stampMany([{ key: 'a', kind: 'deleted', ttl: 10_000 }])
      expect((await store.getMany(['a']))[0]).toEqual(stamp)
      await store.deleteMany(['a'])
      expect(await read(store, 'a')).toBe(null)
      await store.setMany([write('p:1', 'x')])
      await untilCopied(store, 'p:1')
      await store.clear('p:')
      expect(await read(store, 'p:1')).toBe(null)
    })

    it('sees writes, deletions and FLUSHALL of other processes', async () => {
      const [store, other] = [tiered(), tiered()]
      await other.setMany([write('a', '1'), write('b', '1')])
      await untilCopied(store, 'a', 'b')
      await other.setMany([write('a', '2')])
      await until(() => store.getCopies?.(['a']) === undefined)
      expect(await read(store, 'a')).toBe('2')
      await other.deleteMany(['b'])
      await until(() => store.getCopies?.(['b']) === undefined)
      await untilCopied(store, 'a')
      await server.admin.flushall()
      await until(() => store.getCopies?.(['a']) === undefined)
      expect(await read(store, 'a')).toBe(null)
    })

    it('copies no value whose change was reported before its answer arrived', async () => {
      const second = redis()
      let gate: Promise<void> | undefined
      let answered = () => {}
      const late: Store = Object.assign(Object.create(second), {
        capabilities: second.capabilities,
        follow: second.follow?.bind(second),
        followLog: second.followLog?.bind(second),
        getMany: async (keys: readonly string[]) => {
          const found = await second.getMany(keys)
          answered()
          await gate
          return found
        },
        setMany: second.setMany.bind(second),
        close: second.close.bind(second),
      })
      const store = tierOn(late)
      const other = tiered()
      await other.setMany([write('a', 'old'), write('b', 'old')])
      await untilCopied(store, 'a')
      store.forget?.(['a'])
      let openGate = () => {}
      gate = new Promise((resolve) => {
        openGate = resolve
      })
      const answer = new Promise<void>((resolve) => {
        answered = resolve
      })
      const reading = store.getMany(['a', 'b'])
      await answer
      gate = undefined
      await other.setMany([write('a', 'new')])
      await untilTold(store, other)
      openGate()
      expect((await reading).map(textOf)).toEqual(['old', 'old'])
      expect(store.getCopies?.(['a'])).toBe(undefined)
      expect(store.getCopies?.(['b'])?.map(({ bytes }) => textOf(bytes))).toEqual(['old'])
      expect(await read(store, 'a')).toBe('new')
    })

    it('drops copies when the connection is lost, until it is back', async () => {
      const store = tiered(proxy.port)
      const other = tiered()
      await other.setMany([write('a', '1')])
      await untilCopied(store, 'a')
      await proxy.refuse()
      await until(() => store.getCopies?.(['a']) === undefined)
      await other.setMany([write('a', '2')])
      await proxy.accept()
      await untilCopied(store, 'a')
      expect(await read(store, 'a')).toBe('2')
    })

    it('uses no copy past the lag while the connection is silent', async () => {
      const store = tiered(proxy.port, 200)
      await store.setMany([write('a', '1')])
      await untilCopied(store, 'a')
      server.pause()
      try {
        clock.advance(199)
        expect(store.getCopies?.(['a'])).toBeDefined()
        clock.advance(1)
        expect(store.getCopies?.(['a'])).toBe(undefined)
      } finally {
        server.resume()
      }
      // Copies are still valid: reports were late, but none was lost.
      await untilCopied(store, 'a')
    })

    it.each([
      ['ioredis 5', (url: string) => new Redis5(url, { keyPrefix: 'five:' })],
      [
        'ioredis 6, lazy, RESP3 answers',
        (url: string) => new Redis6(url, { lazyConnect: true, replyMapping: 'resp3' }),
      ],
    ])('follows by a client of yours, and leaves that open: %s', async (_name, connect) => {
      const client = connect(server.url)
      const store = tierOn(redis({ client: client as never }))
      await store.setMany([write('a', '1')])
      await untilCopied(store, 'a')
      const other = redis({ url: server.url, keyPrefix: client.options.keyPrefix ?? '' })
      await other.setMany([write('a', '2')])
      await until(() => store.getCopies?.(['a']) === undefined)
      await store.close()
      expect(await client.ping()).toBe('PONG')
      client.disconnect()
    })

    it('follows only keys with its prefix', async () => {
      const store = tierOn(redis(), { prefix: 'shop' })
      await store.setMany([write('shop:a', '1')])
      await untilCopied(store, 'shop:a')
      await redis().setMany([write('shop:a', '2')])
      await until(() => store.getCopies?.(['shop:a']) === undefined)
    })

    it('leaves no socket and no timer after close(), also while it connects', async () => {
      const store = tierOn(redis())
      await store.close()
      await store.close()
      const opened = tiered()
      await opened.clock()
      await opened.close()
      await expect(opened.getMany(['a'])).rejects.toThrow(/after close/)
      const clients = async () =>
        String(await server.admin.client('LIST'))
          .trim()
          .split('\n').length
      await expect.poll(clients).toBe(1)
    })

    storeConformance({
      name: 'the conformance suite',
      describe,
      it,
      create: () => tiered(),
      capabilities: { shared: true, conditional: true, ttlPrecision: 1 },
      // An expiry is no write, so the log does not report it: a copy may be a minute old.
      ...(coherence === 'stream' ? { time: { ...machineTime, sleep: sleepPastCopies } } : {}),
    })

    async function sleepPastCopies(ms: number): Promise<void> {
      await machineTime.sleep(ms)
      clock.advance(60_000)
    }
  }),
)

describeRedis('tieredStore on Redis, by stream', () => {
  it('uses a copy for a minute at most, so that it notices what is not in the log', async () => {
    const clock = steadyClock()
    const server = await startRedis()
    const second = redisStore({ url: server.url, log: true }, clock)
    const store = tieredStore({ first: memoryStore({}, clock), second, coherence: 'stream' }, clock)
    try {
      await store.setMany([write('a', '1')])
      await untilCopied(store, 'a')
      await server.admin.del('a')
      clock.advance(59_999)
      await until(() => store.getCopies?.(['a']))
      clock.advance(1)
      expect(await read(store, 'a')).toBe(null)
    } finally {
      await store.close()
      await server.stop()
    }
  })
})

describeRedis('tieredStore on Redis, by tracking', () => {
  const clock = steadyClock()
  let server: RedisServer
  const open: Store[] = []
  beforeAll(async () => {
    server = await startRedis()
  })
  afterEach(() => Promise.all(open.splice(0).map((store) => store.close())))
  afterAll(() => server.stop())

  function tiered(url = server.url): Store {
    const store = tieredStore({ first: memoryStore({}, clock), second: redisStore({ url }, clock) }, clock)
    open.push(store)
    return store
  }

  it('sees what expires, and what other programs write', async () => {
    const [store, other] = [tiered(), tiered()]
    // A busy machine gets longer TTLs, until a copy is there before its TTL ends.
    for (let ttl = 300; !store.getCopies?.(['c']); ttl *= 2) {
      await other.setMany([write('c', '1', ttl)])
      await untilTold(store, other)
      await store.getMany(['c'])
    }
    await until(() => store.getCopies?.(['c']) === undefined)
    expect(await server.admin.exists('c')).toBe(0)
    await store.setMany([write('a', '1')])
    await untilCopied(store, 'a')
    await server.admin.set('a', 'foreign')
    await until(() => store.getCopies?.(['a']) === undefined)
  })

  onlyOnRedis('ACL')('reads from Redis where tracking is refused, and reports it once', async () => {
    await server.admin.call('ACL', 'SETUSER', 'weak', 'on', '>weak', '~*', '&*', '+@all', '-client|tracking')
    const errors: Error[] = []
    const store = tiered(`redis://weak:weak@127.0.0.1:${server.port}`)
    store.onError?.((error) => errors.push(error))
    await store.setMany([write('a', '1')])
    await until(() => errors.length > 0)
    await store.getMany(['a'])
    expect(store.getCopies?.(['a'])).toBe(undefined)
    expect(errors.map(({ message }) => message)).toEqual([
      expect.stringMatching(
        /^Redis at 127\.0\.0\.1:\d+ refuses CLIENT TRACKING, which coherence: 'stream' does without: .*permission/,
      ),
    ])
    expect(await read(store, 'a')).toBe('1')
  })
})

describe('tieredStore by age', () => {
  it('uses a copy for no longer than the lag after it was read', async () => {
    const clock = new TestClock()
    const second = memoryStore({}, clock)
    const first = memoryStore({}, clock)
    const store = tieredStore({ first, second, coherence: 'ttl', coherenceLag: 100 }, clock)
    await store.setMany([write('a', '1')])
    await store.getMany(['a'])
    expect(store.getCopies?.(['a'])?.map(({ bytes }) => textOf(bytes))).toEqual(['1'])
    await second.setMany([write('a', '2')])
    clock.advance(99)
    expect(await read(store, 'a')).toBe('1')
    clock.advance(1)
    expect(await read(store, 'a')).toBe('2')
    await store.setMany([write('a', '3')])
    expect(await read(store, 'a')).toBe('3')
    await store.close()
  })

  const clock = new TestClock()
  storeConformance({
    name: 'the conformance suite',
    describe,
    it,
    create: () => {
      const [first, second] = [memoryStore({}, clock), memoryStore({}, clock)]
      return tieredStore({ first, second, coherence: 'ttl', coherenceLag: 20 }, clock)
    },
    capabilities: { shared: false, conditional: true, ttlPrecision: 1 },
    time: timeOf(clock),
  })
})

test('options are checked', () => {
  const [first, second] = [memoryStore(), memoryStore()]
  const make = (options: unknown) => () => tieredStore(options as never)
  expect(make(undefined)).toThrow(/must be an object/)
  expect(make({ first, second, size: 1 })).toThrow(/no option "size"\. It takes: first, second/)
  expect(make({ first: {}, second })).toThrow(/first must be a memoryStore/)
  expect(make({ first })).toThrow(/second must be a store that processes share/)
  expect(make({ first, second })).toThrow(/'tracking' needs a second store that reports writes/)
  expect(make({ first, second, coherence: 'stream' })).toThrow(
    /'stream' needs a second store that logs its writes/,
  )
  expect(make({ first, second, coherence: 'none' })).toThrow(
    /must be 'tracking', 'stream' or 'ttl'; got 'none'/,
  )
  expect(make({ first, second, coherence: 'ttl', coherenceLag: 0 })).toThrow(/coherenceLag is 0/)
  expect(make({ first, second, coherence: 'ttl', prefix: 1 })).toThrow(/prefix must be a string/)
})
