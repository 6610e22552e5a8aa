import express from 'express'
import Fastify from 'fastify'
import { FragmentCache, type FragmentCacheOptions, type FragmentEvent, lazy } from 'onetrip'
import expressOnetrip from 'onetrip/express'
import onetrip from 'onetrip/fastify'
import { memoryStore } from 'onetrip/stores/memory'
import { redisStore } from 'onetrip/stores/redis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, test } from 'vitest'
import { type Clock, processClock } from '../../src/clock.ts'
import { tieredStore } from '../../src/stores/tiered/index.ts'
import { deferred } from '../helpers/deferred.ts'
import { PATIENT, patient } from '../helpers/patient.ts'
import { patientTieredStore } from '../helpers/patient-stores.ts'
import { describeRedis, type RedisServer, startRedis } from '../helpers/redis-server.ts'
import { clockedCacheOf, engineOf, told } from '../helpers/templates.ts'
import { TestClock } from '../helpers/test-clock.ts'

const TEMPLATES = {
  page:
    '{% cache "list", tags=["films"] %}{{ title }}:{% for n in numbers %}' +
    '{% cache "card", n, tags=["film:" ~ n] %}[{{ n }} {{ price }}{% nocache %}({{ visitor }}){% endnocache %}]{% endcache %}' +
    '{% endfor %}{% endcache %}',
  short: '{% cache "short", ttl="80ms", tags=["s"] %}{{ price }}{% endcache %}',
  stale: '{% cache "stale", ttl="80ms", stale="1h" %}{{ price }}{% endcache %}',
  old: '{% cache "old", tags=["o"] %}{{ rows.length }}{% endcache %}',
}

describeRedis('pages with a first tier', () => {
  let server: RedisServer
  const open: FragmentCache[] = []
  beforeAll(async () => {
    server = await startRedis()
  })
  beforeEach(() => server.admin.flushall())
  afterEach(() => Promise.all(open.splice(0).map((cache) => cache.close())))
  afterAll(() => server.stop())

  /** The time of its store stands still: no copy ends by its age. */
  function cacheOn(
    options: Partial<FragmentCacheOptions> = {},
    clock = new TestClock(),
    time: Clock = processClock,
  ): {
    cache: FragmentCache
    events: FragmentEvent[]
  } {
    const store = patientTieredStore({ url: server.url }, clock, { coherenceLag: 500, prefix: 'onetrip' })
    const engine = engineOf(TEMPLATES)
    const cache = new FragmentCache({ store, engine, ttl: '5m', ...patient(options) }, time)
    const events: FragmentEvent[] = []
    cache.on((event) => events.push(event))
    open.push(cache)
    return { cache, events }
  }

  const data = (price: number, visitor = 'Anna') => ({ title: 'T', numbers: [1, 2, 3], price, visitor })

  async function html(cache: FragmentCache, template: string, given: object): Promise<string> {
    const { body } = await cache.render(template, given)
    await cache.settled()
    return body.toString()
  }

  /** Renders until a page has cost no trip. */
  async function warm(cache: FragmentCache, template: string, given: object): Promise<void> {
    const trips = async () => {
      const page = await cache.render(template, given)
      await cache.settled()
      return page.trips
    }
    await expect.poll(trips).toBe(0)
  }

  it('costs no trip and no command where all fragments and tags are there', async () => {
    const { cache, events } = cacheOn()
    await warm(cache, 'page', data(1))
    await server.resetStats()
    events.length = 0
    const { body, trips, fragments } = await cache.render('page', data(9, 'Berta'))
    expect(body.toString()).toBe('T:[1 1(Berta)][2 1(Berta)][3 1(Berta)]')
    expect(trips).toBe(0)
    expect(fragments.map(({ state }) => state)).toEqual(['hit'])
    expect(events.map(({ type }) => type)).toEqual(['hit'])
    // Once a second the follower of a stream asks what is new.
    const { xread: _following, ...commands } = await server.commandStats()
    expect(commands).toEqual({})
  })

  it('applies invalidations and deletions of this process at once, and of others once Redis has reported them', async () => {
    const here = cacheOn().cache
    const elsewhere = cacheOn().cache
    for (const cache of [here, elsewhere]) await warm(cache, 'page', data(1))
    for (let price = 2; price < 30; price++) {
      await here.invalidate('film:2')
      expect(await html(here, 'page', data(price))).toBe(`T:[1 1(Anna)][2 ${price}(Anna)][3 1(Anna)]`)
      while ((await html(elsewhere, 'page', data(-1))) !== `T:[1 1(Anna)][2 ${price}(Anna)][3 1(Anna)]`) {
        // What it rendered with its own data must not have replaced it.
        await here.invalidate('film:2')
        await html(here, 'page', data(price))
      }
    }
    await here.delete('list')
    expect(await html(here, 'page', data(99))).toBe('T:[1 1(Anna)][2 29(Anna)][3 1(Anna)]')
  })

  it('a render that began before an invalidation does not bring the old back, by no process', async () => {
    const here = cacheOn().cache
    const elsewhere = cacheOn().cache
    const [loading, old] = [deferred(), deferred<unknown[]>()]
    const load = () => {
      loading.resolve()
      return old.promise
    }
    const rendering = here.render('old', { rows: lazy(load) })
    await loading.promise
    await elsewhere.invalidate('o')
    old.resolve([1])
    expect((await rendering).body.toString()).toBe('1')
    await here.settled()
    for (const cache of [here, elsewhere]) expect(await html(cache, 'old', { rows: [1, 2] })).toBe('2')
  })

  it('serves pages without the store, and no old copy, if Redis is down for longer than the lag', async () => {
    const clock = new TestClock()
    const { cache } = cacheOn({ timeout: 100 }, clock, clock)
    await warm(cache, 'page', data(1))
    server.pause()
    try {
      const show = async () => (await clock.until(cache.render('page', data(7)), 10)).body.toString()
      expect(await show()).toBe('T:[1 1(Anna)][2 1(Anna)][3 1(Anna)]')
      clock.advance(500)
      const begun = clock.now()
      expect(await show()).toBe('T:[1 7(Anna)][2 7(Anna)][3 7(Anna)]')
      expect(clock.now() - begun).toBeLessThan(200)
    } finally {
      server.resume()
    }
  })

  it("is the plugin's and the middleware's option memory", async () => {
    const options = { engine: engineOf(TEMPLATES), ttl: '5m', debug: true, memory: '64MB', ...PATIENT }
    const app = Fastify()
    await app.register(onetrip, { ...options, store: redisStore({ url: server.url }) })
    app.get('/', (_request, reply) => reply.view('page', data(1)))
    const fastifyTrips = async () => String((await app.inject('/')).headers['x-onetrip'])
    await expect.poll(fastifyTrips).toBe('hits=1 stale=0 misses=0 trips=0')
    await app.close()

    const middleware = expressOnetrip({
      ...options,
      store: redisStore({ url: server.url }),
      memory: { maxBytes: '8MB', coherence: 'ttl', coherenceLag: '1h' },
    })
    const site = express().use(middleware)
    site.get('/', (_request, response) => response.render('page', data(1)))
    const listening = site.listen(0, '127.0.0.1')
    await new Promise((resolve) => listening.once('listening', resolve))
    const { port } = listening.address() as { port: number }
    const expressTrips = async () => (await fetch(`http://127.0.0.1:${port}/`)).headers.get('x-onetrip')
    await expressTrips()
    expect(await expressTrips()).toBe('hits=1 stale=0 misses=0 trips=0')
    await middleware.fragments.close()
    await new Promise((resolve) => listening.close(resolve))
  })

  it('its options are checked at the door', () => {
    const store = redisStore({ url: server.url })
    const make = (options: object) => () =>
      expressOnetrip({ engine: engineOf(TEMPLATES), store, ...options } as never)
    expect(make({ memory: '64 megabytes' })).toThrow(
      /option memory.maxBytes must be a number of bytes .*'64MB', not '64 megabytes'/,
    )
    expect(make({ memory: '1KB' })).toThrow(/of at least 65536, .* not '1KB'/)
    expect(make({ memory: true })).toThrow(
      /memory must be a number of bytes .* or an object such as .*, not true/,
    )
    expect(make({ memory: '1MB', store: undefined })).toThrow(/keeps copies of a store that processes share/)
    expect(make({ memory: '1MB', store: memoryStore() })).toThrow(/store: memoryStore\(\{ maxBytes \}\)/)
    expect(make({ memory: { coherence: 'ttl' } })).toThrow(/memory\.maxBytes is missing/)
    expect(make({ memory: { maxBytes: '1MB', coherenceLag: 'soon' } })).toThrow(
      /memory\.coherenceLag is 'soon'/,
    )
    expect(make({ memory: { maxBytes: '1MB', coherence: 'none' } })).toThrow(
      /memory\.coherence must be 'tracking', 'stream' or 'ttl', not 'none'/,
    )
    return store.close()
  })
})

describe('a first tier by age, at a time that the test moves', () => {
  const clock = new TestClock()
  const shared = memoryStore({}, clock)
  const tiered = () =>
    tieredStore({ first: memoryStore({}, clock), second: shared, coherence: 'ttl', coherenceLag: 500 }, clock)

  test('asks the store for what would be a miss by a copy', async () => {
    const here = clockedCacheOf(TEMPLATES, { store: tiered() }, clock)
    const elsewhere = clockedCacheOf(TEMPLATES, { store: tiered() }, clock)
    for (let n = 0; n < 2; n++) await here.html({ price: 1 }, 'short')
    expect((await here.cache.render('short', { price: 1 })).trips).toBe(0)
    clock.advance(100)
    // Its time has passed, and another process has rendered it anew.
    expect(await elsewhere.html({ price: 2 }, 'short')).toBe('2')
    const { body, trips } = await here.cache.render('short', { price: 3 })
    expect([body.toString(), trips]).toEqual(['2', 1])
  })

  test('shows a stale copy at once, and refreshes it after the page', async () => {
    const { cache, html, events } = clockedCacheOf(TEMPLATES, { store: tiered() }, clock)
    for (let n = 0; n < 2; n++) await html({ price: 1 }, 'stale')
    clock.advance(100)
    events.length = 0
    const { body, trips } = await cache.render('stale', { price: 2 })
    expect([body.toString(), trips]).toEqual(['1', 0])
    await cache.settled()
    expect(await html({ price: 3 }, 'stale')).toBe('2')
    expect(told(events)).toEqual(['stale stale', 'write stale', 'hit stale'])
  })
})
