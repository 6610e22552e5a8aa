import nunjucks from 'nunjucks'
import { afterEach, describe, expect, test } from 'vitest'
import { FragmentCache } from '../../src/core/fragment-cache.ts'
import type { CachedFunction } from '../../src/core/values/cached.ts'
import { nunjucksEngine } from '../../src/engines/nunjucks/index.ts'
import { PATIENT } from '../helpers/patient.ts'
import { TestLoader } from '../helpers/templates.ts'
import { TestClock } from '../helpers/test-clock.ts'
import { type Exchange, frameworks, type Site } from './frameworks.ts'
import { type WatchedStore, watchedStore } from './watched-store.ts'

/** The option `bypass` holds for cached functions, for values and for what is read ahead. */

const bypassOf = (url: string) => new URL(url, 'http://localhost').searchParams.get('bypass') as 'both' | null
const engine = nunjucksEngine({
  environment: new nunjucks.Environment(
    new TestLoader({ page: '{% cache "page" %}{{ feed() }}{% endcache %} {{ feed() }} {{ lazy }}' }),
  ),
})

describe.each(frameworks)('$name', (framework) => {
  let site: Site
  let clock: TestClock
  let store: WatchedStore
  let runs: number
  afterEach(() => site.close())

  /** @param handler its result is what is sent, as JSON */
  async function start(handler: (feed: CachedFunction<[], string>, exchange: Exchange) => unknown) {
    clock = new TestClock()
    store = watchedStore(clock)
    runs = 0
    let feed: CachedFunction<[], string> | undefined
    const bypass = ({ url }: { url: string }) => bypassOf(url) ?? false
    site = await framework.start(
      { cache: new FragmentCache({ engine, store, ttl: '1m', bypass, ...PATIENT }, clock), debug: true },
      {
        '/': async (exchange) => {
          const result = await handler(feed as CachedFunction<[], string>, exchange)
          return exchange.send(JSON.stringify(result))
        },
        '/page': (exchange) => exchange.render('page', { feed, lazy: feed?.lazy() }),
      },
    )
    feed = site.cache.cached('feed', {}, async () => `run ${++runs}`)
  }

  async function get(bypass?: string, path = ''): Promise<string> {
    store.calls.length = 0
    const response = await fetch(`${site.origin}/${path}${bypass ? `?bypass=${bypass}` : ''}`)
    const text = await response.text()
    await site.cache.settled()
    clock.advance(5)
    return text
  }

  describe('a cached function', () => {
    test("'read': runs, and is kept", async () => {
      await start((feed) => feed())
      expect([await get(), await get(), await get('read'), await get()]).toEqual([
        '"run 1"',
        '"run 1"',
        '"run 2"',
        '"run 2"',
      ])
    })

    test("'write': stored values are returned, and nothing is stored", async () => {
      await start((feed) => feed())
      expect([await get('write'), await get(), await get('write'), await get()]).toEqual([
        '"run 1"',
        '"run 2"',
        '"run 2"',
        '"run 2"',
      ])
    })

    test("'both': the store is not asked", async () => {
      await start((feed) => feed())
      expect([await get('both'), await get()]).toEqual(['"run 1"', '"run 2"'])
      expect(await get('both')).toBe('"run 3"')
      expect(store.calls).toEqual([])
      expect(await get()).toBe('"run 2"')
    })

    test.each(['write', 'both'])('%s: refresh() keeps nothing', async (bypass) => {
      await start((feed, { url }) => (bypassOf(url) ? feed.refresh() : feed()))
      expect([await get(), await get(bypass), await get()]).toEqual(['"run 1"', '"run 2"', '"run 1"'])
    })

    test('a request that may not store does not refresh a stale result', async () => {
      await start(() => stale?.())
      const stale = site.cache.cached('stale', { ttl: '1m', stale: '1h' }, async () => `run ${++runs}`)
      await get()
      clock.advance(61_000)
      expect((await site.cache.host.values.read([{ ...stale.key() }]))[0]).toMatchObject({
        isGiven: true,
        isFresh: false,
      })
      expect(await get('write')).toBe('"run 1"')
      expect(runs).toBe(1)
    })

    test('does not wait for a run of another request, which may show less or more', async () => {
      const [begun, gate] = [deferred(), deferred()]
      await start(() => slow?.())
      const slow = site.cache.cached('slow', {}, async () => {
        const run = `run ${++runs}`
        begun.resolve()
        if (run === 'run 1') await gate.promise
        return run
      })
      const first = get('write')
      await begun.promise
      expect(await get()).toBe('"run 2"')
      gate.resolve()
      expect(await first).toBe('"run 1"')
    })
  })

  describe('in a template, and in a loader', () => {
    const page = (bypass?: string) => get(bypass, 'page')

    test("'read'", async () => {
      await start(() => undefined)
      await page()
      expect(await page('read')).not.toContain('run 1')
      expect(await page()).not.toContain('run 1')
    })

    test("'write'", async () => {
      await start(() => undefined)
      const draft = await page('write')
      const kept = await page()
      expect(kept).not.toBe(draft)
      expect(await page('write')).toBe(kept)
      expect(await page()).toBe(kept)
    })

    test("'both'", async () => {
      await start(() => undefined)
      const draft = await page('both')
      expect(store.calls).toEqual([])
      const kept = await page()
      expect(kept).not.toBe(draft)
      await page('both')
      expect(store.calls).toEqual([])
      expect(await page()).toBe(kept)
    })
  })

  describe('values', () => {
    const ways: Record<string, (values: Site['cache']['values']) => unknown> = {
      get: (values) => values.get('a').then((value) => value ?? 'absent'),
      getMany: (values) => values.getMany(['a', 'b']).then((all) => all.map((value) => value ?? 'absent')),
      has: (values) => values.has('a'),
      set: (values) => values.set('a', 'new'),
      setMany: (values) => values.setMany({ a: 'new', b: 'new' }),
      setNothing: (values) => values.set('a', 'new', { ttl: 0 }),
      touch: (values) => values.touch('a', '2m'),
    }

    test.each([
      ['read', 'get', 'absent', 'old'],
      ['read', 'getMany', ['absent', 'absent'], 'old'],
      ['read', 'has', false, 'old'],
      ['read', 'set', true, 'new'],
      ['read', 'setMany', [true, true], 'new'],
      ['read', 'touch', true, 'old'],
      ['write', 'get', 'old', 'old'],
      ['write', 'getMany', ['old', 'absent'], 'old'],
      ['write', 'has', true, 'old'],
      ['write', 'set', false, 'old'],
      ['write', 'setMany', [false, false], 'old'],
      ['write', 'setNothing', false, 'old'],
      ['write', 'touch', false, 'old'],
      ['both', 'get', 'absent', 'old'],
      ['both', 'getMany', ['absent', 'absent'], 'old'],
      ['both', 'has', false, 'old'],
      ['both', 'set', false, 'old'],
      ['both', 'setMany', [false, false], 'old'],
      ['both', 'setNothing', false, 'old'],
      ['both', 'touch', false, 'old'],
    ] as const)('%s: %s', async (bypass, way, answer, after) => {
      await start(() => ways[way]?.(site.cache.values))
      await site.cache.values.set('a', 'old')
      expect(JSON.parse(await get(bypass))).toEqual(answer)
      if (bypass === 'both') expect(store.calls).toEqual([])
      expect(await site.cache.values.get('a')).toBe(after)
    })

    test.each(['read', 'write', 'both'])('%s: increments are applied', async (bypass) => {
      await start(() => site.cache.values.increment('n'))
      await site.cache.values.increment('n', 5)
      expect(JSON.parse(await get(bypass))).toBe(6)
      expect(await site.cache.values.get('n')).toBe(6)
    })

    test.each(['read', 'write', 'both'])('%s: deletions are applied', async (bypass) => {
      await start(async (feed) => {
        await site.cache.values.delete('a')
        await feed.invalidate()
        return 'deleted'
      })
      await site.cache.values.set('a', 'old')
      await get(bypass)
      expect(await site.cache.values.get('a')).toBeUndefined()
    })
  })

  describe('preloaded values', () => {
    test.each([
      ['read', 0],
      ['both', 0],
      ['write', 1],
    ])('%s: %i trips', async (bypass, trips) => {
      await start(async (feed, { page }) => {
        page.preload(feed.key(), 'a')
        await page.cache.preload(['b'], () => undefined)
        return page.cache.values.get('a').then((value) => value ?? 'absent')
      })
      await site.cache.values.set('a', 'old')
      expect(JSON.parse(await get(bypass))).toBe(trips ? 'old' : 'absent')
      expect(store.calls.filter((call) => call.startsWith('getMany')).length > 0).toBe(trips > 0)
    })

    test("'read': preloaded values are not returned", async () => {
      await start(async (feed) => {
        return site.cache.preload([feed.key()], () => feed())
      })
      expect([await get(), await get(), await get('read'), await get()]).toEqual([
        '"run 1"',
        '"run 1"',
        '"run 2"',
        '"run 2"',
      ])
    })
  })

  test('a job that belongs to no request is not asked about', async () => {
    await start((feed) => feed())
    expect(await site.cache.values.set('job', 1)).toBe(true)
    expect(await site.cache.values.get('job')).toBe(1)
  })
})

function deferred() {
  let resolve!: () => void
  const promise = new Promise<void>((fn) => {
    resolve = fn
  })
  return { promise, resolve }
}
