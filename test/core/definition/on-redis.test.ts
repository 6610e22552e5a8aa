import { join } from 'node:path'
import { defineFragment } from 'onetrip'
import { RedisHotFragments } from 'onetrip/hot'
import { nunjucksEngine } from 'onetrip/nunjucks'
import { TaskQueue } from 'onetrip/queue'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { FragmentCache } from '../../../src/core/fragment-cache.ts'
import { PATIENT } from '../../helpers/patient.ts'
import { patientRedisStore } from '../../helpers/patient-stores.ts'
import { describeRedis, type RedisServer, startRedis } from '../../helpers/redis-server.ts'
import { frameworks } from '../../http/frameworks.ts'

const VIEWS = join(import.meta.dirname, 'views')

interface Request {
  readonly headers: Record<string, string | undefined>
}

describeRedis('defined fragments on Redis, with a queue in Redis', () => {
  let server: RedisServer
  const open: { close(): Promise<unknown> }[] = []
  let loads = 0
  let number = 0

  beforeAll(async () => {
    server = await startRedis()
  })
  afterEach(async () => {
    for (const one of open.splice(0).reverse()) await one.close()
  })
  afterAll(() => server.stop())

  /** The options of one process: all processes of a test have the same prefix. */
  function optionsOf(prefix: string, ttl: string) {
    const queue = new TaskQueue(prefix, { redis: server.url })
    const hot = new RedisHotFragments(server.url, { prefix })
    open.push(queue, hot)
    const film = defineFragment('film', {
      template: 'film.njk',
      params: ['id'],
      load: async ({ id }: { id: number }) => ({ n: ++loads, name: `Film ${id}` }),
      tags: ({ id }) => [`film:${id}`],
      vary: ['locale'],
      ttl,
      stale: '1h',
      refresh: { queue: true, invalidated: true },
    })
    const options = {
      ...PATIENT,
      store: patientRedisStore({ url: server.url }),
      engine: nunjucksEngine({ root: VIEWS }),
      prefix,
      entries: { jitter: 0, beta: 0 },
      vary: { locale: (request: Request) => request.headers['accept-language'] ?? 'en' },
      fragments: { define: [film], queue, hot },
    }
    return { options, queue, hot, film }
  }

  describe.each(frameworks)('$name', ({ start }) => {
    async function siteOf(ttl: string) {
      loads = 0
      const prefix = `site${++number}`
      const web = optionsOf(prefix, ttl)
      const site = await start(web.options, {
        '/': ({ render }) => render('film-page.njk', { id: 42, user: { name: 'Anna' } }),
      })
      open.push(site)
      const get = async (locale: string) => {
        const response = await fetch(site.origin, { headers: { 'accept-language': locale } })
        const html = await response.text()
        await site.settled()
        return `${html.trim()} ${response.headers.get('x-onetrip')}`
      }
      return { ...web, prefix, site, get }
    }

    test('pages show it in one round trip, each visitor in their language, with their name', async () => {
      const { get } = await siteOf('1h')
      expect(await get('de')).toMatch(/^<b>Film 42 in de 1 Anna<\/b> hits=0 stale=0 misses=1/)
      expect(await get('en')).toMatch(/^<b>Film 42 in en 2 Anna<\/b> hits=0 stale=0 misses=1/)
      expect(await get('de')).toBe('<b>Film 42 in de 1 Anna</b> hits=1 stale=0 misses=0 trips=1')
    })

    test('a worker of another process renders what is stale, and what was invalidated', async () => {
      const { get, prefix, site, hot } = await siteOf('1ms')
      await get('de')
      expect(await get('de')).toContain('in de 1 Anna</b> hits=0 stale=1')
      expect(loads).toBe(1)
      const worker = optionsOf(prefix, '1h')
      const cache = new FragmentCache(worker.options)
      let writes = 0
      cache.on((event) => {
        if (event.type === 'write') writes++
      })
      open.push(cache, worker.queue.worker())
      await expect.poll(() => writes).toBe(1)
      expect(await get('de')).toContain('in de 2 Anna</b> hits=1')

      await hot.flush()
      await site.cache.invalidate('film:42')
      await expect.poll(() => writes).toBe(2)
      expect(await get('de')).toContain('in de 3 Anna</b> hits=1')
      expect(loads).toBe(3)
    })

    test('what is asked for most is warmed', async () => {
      const { get, site, film, hot } = await siteOf('1h')
      await get('de')
      await hot.flush()
      await site.cache.clear()
      // A busy machine knows the time of Redis less exactly: what may have begun before the clear
      // is not stored.
      await expect.poll(() => site.cache.warm(film, { hot: 10 })).toMatchObject({ done: 1, stored: 1 })
      expect(await get('de')).toContain('hits=1')
    })
  })

  test('a page is served, and refreshes by itself, if the queue has no Redis', async () => {
    const queueServer = await startRedis()
    const queue = new TaskQueue('refresh', {
      redis: { url: queueServer.url, maxRetriesPerRequest: 0 } as never,
    })
    const film = defineFragment('film', { template: 'menu.njk', ttl: '1ms', stale: '1h', refresh: 'queue' })
    const cache = new FragmentCache({
      ...PATIENT,
      store: patientRedisStore({ url: server.url }),
      engine: nunjucksEngine({ root: VIEWS }),
      prefix: 'alone',
      fragments: { define: [film], queue },
    })
    open.push(queue, cache)
    let writes = 0
    cache.on(({ type }) => {
      if (type === 'write') writes++
    })
    await queueServer.stop()
    await cache.renderFragment(film, {})
    await cache.settled()
    await expect
      .poll(async () => {
        await cache.renderFragment(film, {})
        await cache.settled()
        return writes
      })
      .toBeGreaterThan(1)
  })

  test('a schedule is kept by the queue', async () => {
    const queue = new TaskQueue('scheduled', { redis: server.url })
    const film = defineFragment('film', {
      template: 'menu.njk',
      ttl: '1h',
      refresh: { schedule: { every: '1s' } },
    })
    const cache = new FragmentCache({
      ...PATIENT,
      store: patientRedisStore({ url: server.url }),
      engine: nunjucksEngine({ root: VIEWS }),
      prefix: 'scheduled',
      fragments: { define: [film], queue },
    })
    let writes = 0
    cache.on(({ type }) => {
      if (type === 'write') writes++
    })
    open.push(cache, queue, queue.worker())
    await cache.settled()
    await expect.poll(() => writes).toBeGreaterThan(1)
  })
})
