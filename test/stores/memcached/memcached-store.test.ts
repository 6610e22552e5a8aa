import { createServer } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, it, test } from 'vitest'
import { memcachedStore } from '../../../src/stores/memcached/index.ts'
import type { Store } from '../../../src/stores/store.ts'
import { storeConformance } from '../../../src/testing/index.ts'
import { describeMemcached, type MemcachedServer, startMemcached } from '../../helpers/memcached-server.ts'
import { patientMemcachedStore } from '../../helpers/patient-stores.ts'
import { startTcpProxy } from '../../helpers/tcp-proxy.ts'
import { TestClock } from '../../helpers/test-clock.ts'

const write = (key: string, value: string | Buffer, ttl = 60_000) => ({
  key,
  value: Buffer.from(value as string),
  ttl,
})
const textOf = (found: Buffer | null | Error | undefined) =>
  Buffer.isBuffer(found) ? found.subarray(17).toString() : found

describeMemcached('memcachedStore', () => {
  let servers: MemcachedServer[]
  const open: Store[] = []
  beforeAll(async () => {
    servers = await Promise.all([startMemcached(), startMemcached(), startMemcached()])
  })
  afterEach(() => Promise.all(open.splice(0).map((store) => store.close())))
  afterAll(() => Promise.all(servers.map((server) => server.stop())))

  function make(count = 3, more: object = {}): Store {
    const store = patientMemcachedStore({
      servers: servers.slice(0, count).map(({ address }) => address),
      ...more,
    })
    open.push(store)
    return store
  }

  /** Returns the keys of this server. */
  async function memcachedOf({ address }: MemcachedServer, keys: readonly string[]): Promise<string[]> {
    const one = patientMemcachedStore({ servers: [address] })
    open.push(one)
    const found = await one.getMany(keys)
    return keys.filter((_, n) => found[n] !== null)
  }

  storeConformance({
    name: 'the conformance suite, on three servers',
    describe,
    it,
    // They are started with -I 2m.
    create: () =>
      patientMemcachedStore({
        servers: servers.map(({ address }) => address),
        maxItemBytes: 1.5 * 1024 * 1024,
      }),
    capabilities: { shared: true, conditional: false, ttlPrecision: 1000 },
    lists: false,
  })

  it('reads 200 keys from a server in one round trip, and writes them in one', async () => {
    const proxy = await startTcpProxy(servers[0]?.port as number)
    const store = patientMemcachedStore({ servers: [`127.0.0.1:${proxy.port}`] })
    await store.setMany([write('warm', 'up')])
    const keys = Array.from({ length: 200 }, (_, n) => `trip:${n}`)
    proxy.resetTrips()
    await store.setMany(keys.map((key) => write(key, 'x'.repeat(2_000))))
    expect(proxy.trips()).toBe(1)
    proxy.resetTrips()
    expect((await store.getMany(keys)).every(Buffer.isBuffer)).toBe(true)
    expect(proxy.trips()).toBe(1)
    await store.close()
    await proxy.close()
  })

  it('accepts TTLs over 30 days and keys over 250 bytes, and refuses large values itself', async () => {
    const store = make()
    const long = 'long '.repeat(300)
    const days = 40 * 24 * 60 * 60 * 1000
    const results = await store.setMany([
      write('days', 'kept', days),
      write(long, 'long'),
      write('large', Buffer.alloc(1_100_000)),
      write('after', 'kept'),
    ])
    expect(results.map((result) => (result instanceof Error ? result.message : result))).toEqual([
      true,
      true,
      expect.stringMatching(
        /^An item of 1100017 bytes is larger than memcached accepts \(1048064\): start it with -I/,
      ),
      true,
    ])
    expect((await store.getMany(['days', long, 'large', 'after'])).map(textOf)).toEqual([
      'kept',
      'long',
      null,
      'kept',
    ])
  })

  it('moves only the keys of a removed server', async () => {
    const keys = Array.from({ length: 3_000 }, (_, n) => `spread:${n}`)
    const three = make(3)
    await three.setMany(keys.map((key) => write(key, key)))
    const each = await Promise.all(
      servers.map(async ({ address }) => {
        const one = patientMemcachedStore({ servers: [address] })
        open.push(one)
        return (await one.getMany(keys)).filter(Buffer.isBuffer).length
      }),
    )
    for (const count of each) expect(count).toBeGreaterThan(700)
    const [one = 0, two = 0, third = 0] = each
    expect(one + two + third).toBe(3_000)
    const left = (await make(2).getMany(keys)).filter(Buffer.isBuffer).length
    expect(left).toBe(one + two)
  })

  it('fails only the keys of a server that is down or silent, at once the next time, and reconnects', async () => {
    const clock = new TestClock()
    const store = memcachedStore({ servers: servers.map(({ address }) => address), timeout: 200 }, clock)
    open.push(store)
    const keys = Array.from({ length: 60 }, (_, n) => `fault:${n}`)
    await store.setMany(keys.map((key) => write(key, 'x')))
    const third = servers[2] as MemcachedServer
    const its = await memcachedOf(third, keys)
    expect(its.length).toBeGreaterThan(5)
    expect(its.length).toBeLessThan(40)
    const failing = async () => {
      const found = await store.getMany(keys)
      return keys.filter((_, n) => found[n] instanceof Error)
    }
    const others = keys.filter((key) => !its.includes(key))
    for (const [strike, mend] of [
      [() => third.kill(), () => third.restart()],
      [async () => third.pause(), async () => third.resume()],
    ] as const) {
      await strike()
      const first = store.getMany(its).catch((error: Error) => error)
      // The others answer meanwhile.
      expect((await store.getMany(others)).map(textOf)).toEqual(others.map(() => 'x'))
      clock.advance(200)
      expect(String(await first)).toMatch(
        /memcached at 127\.0\.0\.1:\d+ (failed|did not answer|is not connected)/,
      )
      expect(await failing()).toEqual(its)
      expect(await store.setMany([write(its[0] as string, 'x')]).catch(() => 'failed')).toBe('failed')
      await mend()
      await expect
        .poll(() => {
          clock.advance(2_000)
          return failing()
        })
        .toEqual([])
    }
  })

  it('rejects if no server answers', async () => {
    // By a clock that stands still no second connection is tried.
    const store = memcachedStore({ servers: ['127.0.0.1:1'] }, new TestClock())
    open.push(store)
    await expect(store.getMany(['a'])).rejects.toThrow(/^memcached at 127\.0\.0\.1:1 failed/)
    await expect(store.getMany(['a'])).rejects.toThrow(/is not connected/)
    await expect(store.clear('a')).rejects.toThrow(/cannot list its keys, so a prefix cannot be cleared/)
  })

  it.each(['HTTP/1.1 400 Bad Request\r\n\r\n', 'VA many\r\n', `${'x'.repeat(5_000)}`, 'HD\r\nHD\r\n'])(
    'leaves a server that answers %j',
    async (answer) => {
      const server = createServer((socket) =>
        socket.on('error', () => {}).on('data', () => socket.write(answer)),
      )
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      const { port } = server.address() as { port: number }
      const store = memcachedStore({ servers: [`127.0.0.1:${port}`] })
      const found = await store.getMany(['a']).catch((error: Error) => [error])
      expect(found[0]).toBeInstanceOf(Error)
      await store.close()
      await new Promise((resolve) => server.close(resolve))
    },
  )
})

test('options are checked', () => {
  const make = (options: unknown) => () => memcachedStore(options as never)
  expect(make(null)).toThrow(/must be an object/)
  expect(make(['localhost'])).toThrow(/must be an object/)
  expect(make({ server: 'a' })).toThrow(
    /no option "server": did you mean "servers"\? It takes: servers, timeout/,
  )
  expect(make({ servers: [] })).toThrow(/must be an array/)
  expect(make({ servers: ['memcached://a:1'] })).toThrow(/a server must be 'host' or 'host:port'/)
  expect(make({ servers: ['a:99999'] })).toThrow(/a server must be 'host' or 'host:port'/)
  expect(make({ servers: ['a', 'a:11211'] })).toThrow(/names one server twice/)
  expect(make({ timeout: 0 })).toThrow(/timeout must be a whole number/)
  expect(make({ servers: ['[::1]:11211'] })).not.toThrow()
})
