import { setTimeout as sleep } from 'node:timers/promises'
import express from 'express'
import Fastify from 'fastify'
import { FragmentCache, type FragmentCacheOptions, type FragmentEvent, lazy } from 'onetrip'
import expressOnetrip from 'onetrip/express'
import onetrip from 'onetrip/fastify'
import { memoryStore } from 'onetrip/stores/memory'
import { redisStore } from 'onetrip/stores/redis'
import { tieredStore } from 'onetrip/stores/tiered'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { describeRedis, type RedisServer, startRedis } from '../helpers/redis-server.ts'
import { engineOf } from '../helpers/templates.ts'

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

  function cacheOn(
    options: Partial<FragmentCacheOptions> = {},
    coherence: 'tracking' | 'ttl' = 'tracking',
  ): { cache: FragmentCache; events: FragmentEvent[] } {
    const store = tieredStore({
      first: memoryStore(),
      second: redisStore({ url: server.url }),
      coherence,
      coherenceLag: 500,
      prefix: 'onetrip',
    })
    const cache = new FragmentCache({ store, engine: engineOf(TEMPLATES), ttl: '5m', ...options })
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
    for (let n = 0; n < 200; n++) {
      const { trips } = await cache.render(template, given)
      await cache.settled()
      if (trips === 0) return
      await sleep(5)
    }
    throw new Error(`${template} costs a trip after a second`)
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
    expect(await server.commandStats()).toEqual({})
  })

  it('shows what is invalidated or deleted here at once, and elsewhere within the lag', async () => {
    const here = cacheOn().cache
    const elsewhere = cacheOn().cache
    for (const cache of [here, elsewhere]) await warm(cache, 'page', data(1))
    for (let price = 2; price < 30; price++) {
      await here.invalidate('film:2')
      const resolvedAt = performance.now()
      expect(await html(here, 'page', data(price))).toBe(`T:[1 1(Anna)][2 ${price}(Anna)][3 1(Anna)]`)
      while ((await html(elsewhere, 'page', data(-1))) !== `T:[1 1(Anna)][2 ${price}(Anna)][3 1(Anna)]`) {
        expect(performance.now() - resolvedAt).toBeLessThan(500)
        // What it rendered with its own data must not have replaced it.
        await here.invalidate('film:2')
        await html(here, 'page', data(price))
      }
    }
    await here.delete('list')
    expect(await html(here, 'page', data(99))).toBe('T:[1 1(Anna)][2 29(Anna)][3 1(Anna)]')
  })

  it('asks the store for what would be a miss by a copy', async () => {
    const here = cacheOn({}, 'ttl').cache
    const elsewhere = cacheOn({}, 'ttl').cache
    await warm(here, 'short', { price: 1 })
    await sleep(100)
    // Its time has passed, and another process has rendered it anew.
    expect(await html(elsewhere, 'short', { price: 2 })).toBe('2')
    const { body, trips } = await here.render('short', { price: 3 })
    expect(body.toString()).toBe('2')
    expect(trips).toBe(1)
  })

  it('shows a stale copy at once, and renders it anew behind the page', async () => {
    const { cache, events } = cacheOn()
    await warm(cache, 'stale', { price: 1 })
    await sleep(100)
    events.length = 0
    const { body, trips } = await cache.render('stale', { price: 2 })
    expect([body.toString(), trips]).toEqual(['1', 0])
    await cache.settled()
    expect(await html(cache, 'stale', { price: 3 })).toBe('2')
    expect(events.map(({ type }) => type)).toEqual(['stale', 'write', 'hit'])
  })

  it('a render that began before an invalidation does not bring the old back, by no process', async () => {
    const here = cacheOn().cache
    const elsewhere = cacheOn().cache
    let loadOld = (_: unknown[]) => {}
    const old = new Promise<unknown[]>((resolve) => {
      loadOld = resolve
    })
    const rendering = here.render('old', { rows: lazy(() => old) })
    await sleep(50)
    await elsewhere.invalidate('o')
    loadOld([1])
    expect((await rendering).body.toString()).toBe('1')
    await here.settled()
    for (const cache of [here, elsewhere]) expect(await html(cache, 'old', { rows: [1, 2] })).toBe('2')
  })

  it('serves pages without the store, and no old copy, once Redis is gone for longer than the lag', async () => {
    const { cache } = cacheOn()
    await warm(cache, 'page', data(1))
    server.pause()
    try {
      const pausedAt = performance.now()
      let served = ''
      while (served !== 'T:[1 7(Anna)][2 7(Anna)][3 7(Anna)]') {
        const { body } = await cache.render('page', data(7))
        served = body.toString()
        expect(['T:[1 1(Anna)][2 1(Anna)][3 1(Anna)]', 'T:[1 7(Anna)][2 7(Anna)][3 7(Anna)]']).toContain(
          served,
        )
        await sleep(20)
        expect(performance.now() - pausedAt).toBeLessThan(3_000)
      }
    } finally {
      server.resume()
    }
  })

  it("is the plugin's and the middleware's option memory", async () => {
    const options = { engine: engineOf(TEMPLATES), ttl: '5m', debug: true, memory: '64MB' }
    const app = Fastify()
    await app.register(onetrip, { ...options, store: redisStore({ url: server.url }) })
    app.get('/', (_request, reply) => reply.view('page', data(1)))
    const fastifyTrips = async () => String((await app.inject('/')).headers['x-onetrip'])
    for (let n = 0; n < 100 && !(await fastifyTrips()).endsWith('trips=0'); n++) await sleep(10)
    expect(await fastifyTrips()).toBe('hits=1 stale=0 misses=0 trips=0')
    await app.close()

    const middleware = expressOnetrip({
      ...options,
      store: redisStore({ url: server.url }),
      coherence: 'ttl',
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
    expect(make({ memory: '64 megabytes' })).toThrow(/memory takes a size such as '64MB'/)
    expect(make({ memory: '1KB' })).toThrow(/from 65536 on; not '1KB'/)
    expect(make({ memory: true })).toThrow(/memory takes a size/)
    expect(make({ memory: '1MB', store: undefined })).toThrow(/keeps copies of a store that processes share/)
    expect(make({ memory: '1MB', store: memoryStore() })).toThrow(/store: memoryStore\(\{ maxBytes \}\)/)
    expect(make({ coherence: 'ttl' })).toThrow(/coherence says how copies in memory are kept: pass memory/)
    expect(make({ coherenceLag: '2s' })).toThrow(/coherenceLag says how copies/)
    expect(make({ memory: '1MB', coherence: 'none' })).toThrow(/coherence must be 'tracking' or 'ttl'/)
    return store.close()
  })
})
