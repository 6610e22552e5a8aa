import { FragmentCache, type FragmentEvent } from 'onetrip'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Clock, processClock } from '../../src/clock.ts'
import { PATIENT } from '../helpers/patient.ts'
import { patientRedisStore } from '../helpers/patient-stores.ts'
import { describeRedis, type RedisServer, startRedis } from '../helpers/redis-server.ts'
import { startTcpProxy, type TcpProxy } from '../helpers/tcp-proxy.ts'
import { cacheOf, clockedCacheOf, engineOf, told } from '../helpers/templates.ts'
import { TestClock } from '../helpers/test-clock.ts'

const LIST = '{% for x in xs %}{% cache "card", x, n %}[{{ x }}{{ n }}]{% endcache %}{% endfor %}'
const xs = (count: number) => Array.from({ length: count }, (_, x) => x)

describeRedis('a page on Redis', () => {
  let server: RedisServer
  let proxy: TcpProxy
  let cache: FragmentCache
  let events: FragmentEvent[]

  beforeAll(async () => {
    server = await startRedis()
    proxy = await startTcpProxy(server.port)
  })
  beforeEach(async () => {
    await server.restart()
    await open(processClock)
  })
  async function open(clock: Clock): Promise<void> {
    const store = patientRedisStore({ url: `redis://127.0.0.1:${proxy.port}` })
    ;({ cache, events } = cacheOf(
      { page: LIST, none: 'none', a: '{% cache "a" %}a{% endcache %}' },
      { store },
      clock,
    ))
    // After connecting and script load.
    await page(0, ['warm-up'])
    await server.resetStats()
    proxy.resetTrips()
    events.length = 0
  }
  afterEach(() => cache.close())
  afterAll(async () => {
    await proxy.close()
    await server.stop()
  })

  async function page(n: number, list: unknown[], template = 'page'): Promise<string> {
    const { body } = await cache.render(template, { xs: list, n })
    await cache.settled()
    return body.toString()
  }

  /** Without what the script of a write calls. */
  async function commands(): Promise<Record<string, number>> {
    const { time, getrange, set, script, ...counted } = await server.commandStats()
    return counted
  }

  it('12 fragments, all cold: one MGET, and one pipeline of writes', async () => {
    await page(1, xs(12))
    expect(await commands()).toEqual({ mget: 1, evalsha: 1 })
    expect(proxy.trips()).toBe(2)
  })

  it('all warm: one MGET', async () => {
    await page(1, xs(12))
    await server.resetStats()
    proxy.resetTrips()
    expect(await page(1, xs(12))).toBe(
      xs(12)
        .map((x) => `[${x}1]`)
        .join(''),
    )
    expect(await commands()).toEqual({ mget: 1 })
    expect(proxy.trips()).toBe(1)
  })

  it('5 warm: one MGET, and 7 are written', async () => {
    await page(1, xs(5))
    await server.resetStats()
    events.length = 0
    await page(1, xs(12))
    expect(await commands()).toEqual({ mget: 1, evalsha: 1 })
    expect(told(events, 'hit').length).toBe(5)
    expect(told(events, 'write').length).toBe(7)
  })

  it('no fragment: no command', async () => {
    await page(1, [], 'none')
    expect(await commands()).toEqual({})
  })

  describe('counted', () => {
    // Once a second a cache asks whether it was cleared: not while its clock stands still.
    beforeEach(async () => {
      await cache.close()
      await open(new TestClock())
    })

    it('pages of one turn of the event loop share one MGET, whatever keys they share', async () => {
      const pages = await Promise.all([page(1, [1, 2]), page(1, [2, 3]), page(2, [1])])
      expect(pages).toEqual(['[11][21]', '[21][31]', '[12]'])
      expect((await commands()).mget).toBe(1)
    })

    it('4,500 fragments: chunks of 1,000 keys, in one trip', async () => {
      await page(1, xs(4500))
      await server.resetStats()
      proxy.resetTrips()
      await page(1, xs(4500))
      expect(await commands()).toEqual({ mget: 5 })
      expect(proxy.trips()).toBe(1)
    })
  })

  it('bytes under a key are not trusted: truncated, foreign, of another type', async () => {
    await page(1, xs(4))
    const keys = (await server.admin.keys('*card*')).filter((key) => !key.includes('warm-up')).sort()
    const [cut, swapped, foreign, list] = keys as [string, string, string, string]
    const value = (await server.admin.getBuffer(cut)) as Buffer
    await server.admin.set(cut, value.subarray(0, 40))
    await server.admin.set(swapped, value)
    await server.admin.set(foreign, '<b>not ours</b>')
    await server.admin.del(list)
    await server.admin.lpush(list, 'a')
    events.length = 0
    expect(await page(1, xs(4))).toBe('[01][11][21][31]')
    expect(told(events, 'miss').sort()).toEqual([
      'miss card: absent',
      ...new Array(3).fill('miss card: damaged'),
    ])
    // A page that seems to have begun before the last write stores nothing: the clock's estimate is
    // low.
    await expect
      .poll(async () => {
        events.length = 0
        await page(1, xs(3))
        return told(events)
      })
      .toEqual(new Array(3).fill('hit card'))
  })

  it('every key has an expiry, and lives at least maxRender', async () => {
    const now = async () => Number((await server.admin.time())[0])
    await server.admin.flushall()
    const before = await now()
    await page(1, xs(2))
    const keys = await server.admin.keys('*card*')
    expect(keys.length).toBe(2)
    for (const key of keys) {
      const ends = (await server.admin.expiretime(key)) as number
      expect(ends - before).toBeGreaterThanOrEqual(60)
      // Redis rounds the time of an expiry to whole seconds, and cuts its own time.
      expect(ends - (await now())).toBeLessThanOrEqual(301)
    }
  })

  it('two processes: a delete by one is seen by the other, and no render of it brings the old back', async () => {
    const other = new FragmentCache({
      store: patientRedisStore({ url: server.url }),
      engine: engineOf({ page: LIST }),
      ttl: '5m',
      ...PATIENT,
    })
    await other.render('page', { xs: [1], n: 1 })
    await other.settled()
    const slow = other.open()
    await slow.render('page', { xs: [2], n: 1 })
    await cache.delete('card', 1, 1)
    await cache.delete('card', 2, 1)
    await slow.writeBack()
    events.length = 0
    await page(1, [1, 2])
    expect(told(events, 'miss')).toEqual(['miss card: invalidated', 'miss card: invalidated'])
    await other.close()
  })

  it('a server that does not answer: the page is there within the time limit, and nothing is written', async () => {
    const clock = new TestClock()
    const store = patientRedisStore({ url: server.url }, clock)
    const hurried = clockedCacheOf({ page: LIST }, { store, timeout: 100 }, clock)
    await hurried.html({ xs: [1], n: 1 })
    const begun = clock.now()
    server.pause()
    const { body, fragments } = await clock
      .until(hurried.cache.render('page', { xs: [1, 2], n: 1 }), 10)
      .finally(() => server.resume())
    expect(body.toString()).toBe('[11][21]')
    expect(fragments.map(({ reason }) => reason)).toEqual(['store error', 'store error'])
    expect(clock.now() - begun).toBeLessThan(200)
    await hurried.cache.settled()
    expect(told(hurried.events, 'skip').length).toBe(2)
    await hurried.cache.close()
    expect(hurried.events.find(({ type }) => type === 'error')).toMatchObject({
      during: 'fetch',
      error: { code: 'ERR_ONETRIP_STORE_TIMEOUT' },
    })
  })

  it('a server that stops and restarts: pages are served, and are cached again without help', async () => {
    await page(1, [1])
    await server.kill()
    expect(await page(1, [1])).toBe('[11]')
    expect(await page(1, [1])).toBe('[11]')
    expect(events.at(-1)).toMatchObject({ type: 'skip' })
    await server.restart()
    const hits = async () => {
      events.length = 0
      await page(1, [1])
      return told(events, 'hit').length
    }
    await expect.poll(hits).toBe(1)
  })

  it('a server that was never there: pages are served', async () => {
    const absent = new FragmentCache({
      store: patientRedisStore({ url: 'redis://127.0.0.1:1' }),
      engine: engineOf({ a: '{% cache "a" %}a{% endcache %}' }),
      ttl: '5m',
      ...PATIENT,
    })
    for (let n = 0; n < 3; n++) expect((await absent.render('a')).body.toString()).toBe('a')
    await absent.close()
  })
})

describeRedis('a page on a Redis that is full', () => {
  it('is served; a delete removes the entry where there is no room for a tombstone, and an event says so', async () => {
    const server = await startRedis(['--maxmemory-policy', 'noeviction'])
    const cache = new FragmentCache({
      store: patientRedisStore({ url: server.url }),
      engine: engineOf({ page: '{% cache "a", n %}{{ n }}{% endcache %}' }),
      ttl: '5m',
      ...PATIENT,
    })
    const events: FragmentEvent[] = []
    cache.on((event) => events.push(event))
    try {
      await cache.render('page', { n: 1 })
      await cache.settled()
      await server.admin.config('SET', 'maxmemory', '1')
      expect((await cache.render('page', { n: 2 })).body.toString()).toBe('2')
      await cache.settled()
      expect(events.at(-1)).toMatchObject({ type: 'error', during: 'write back' })
      events.length = 0
      await cache.delete('a', 1)
      expect(told(events)).toEqual(['error StoreFullError', 'delete a'])
      events.length = 0
      expect((await cache.render('page', { n: 1 })).body.toString()).toBe('1')
      expect(told(events, 'miss')).toEqual(['miss a: absent'])
    } finally {
      await cache.close()
      await server.stop()
    }
  })
})
