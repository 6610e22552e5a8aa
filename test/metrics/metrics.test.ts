import { type FragmentCacheOptions, lazy, OptionError, perVisitor } from 'onetrip'
import { metrics as metricsOf, type Snapshot } from 'onetrip/metrics'
import { memoryStore } from 'onetrip/stores/memory'
import { tieredStore } from 'onetrip/stores/tiered'
import { describe, expect, test, vi } from 'vitest'
import { metrics } from '../../src/metrics/metrics.ts'
import { fragmentLabel, LABEL_LIMITS, OTHER } from '../../src/metrics/snapshot.ts'
import { held } from '../helpers/held.ts'
import { clockedCacheOf, engineOf } from '../helpers/templates.ts'
import { TestClock } from '../helpers/test-clock.ts'

const PAGE =
  '{% cache "a", tags=["t"] %}{{ rows }}{% endcache %}<hr>{% cache "b", ttl="10s" %}b{% endcache %}'

function counted(
  templates: Record<string, string> | string,
  options: Partial<FragmentCacheOptions> = {},
  clock = new TestClock(),
) {
  const site = clockedCacheOf(templates, { entries: { jitter: 0, beta: 0 }, ...options }, clock)
  const numbers = metrics(site.cache, {}, clock)
  /** The numbers of the fragment of this name on the page of the tests. */
  const fragment = (name: string, template = 'page') => {
    const found = numbers.snapshot().fragments.get(fragmentLabel(name, template))
    if (!found) return undefined
    const { hits, stale, joined, misses, writes, skips } = found
    return { hits, stale, joined, misses, writes, skips }
  }
  const html: typeof site.html = async (...args) => {
    // What was invalidated in the same millisecond may be newer than what is rendered.
    clock.advance(5)
    return site.html(...args)
  }
  return { ...site, html, clock, numbers, fragment }
}

/** The sums that do not depend on time. */
function counts({ pages, trips, valueTrips, waiters, deletes, clears, breakerOpened }: Snapshot) {
  return { pages, trips, valueTrips, waiters, deletes, clears, breakerOpened }
}

const NONE = { hits: 0, stale: 0, joined: 0, misses: {}, writes: 0, skips: 0 }

describe('misses by reason', () => {
  test('absent, expired, invalidated, deleted', async () => {
    const { cache, clock, html, fragment } = counted(PAGE)
    const data = { rows: 'rows' }
    await html(data)
    await html(data)
    clock.advance(10_001)
    await html(data)
    await cache.invalidate('t')
    await html(data)
    await cache.delete('b')
    await html(data)
    expect(fragment('a')).toEqual({ ...NONE, hits: 3, misses: { absent: 1, invalidated: 1 }, writes: 2 })
    expect(fragment('b')).toEqual({
      ...NONE,
      hits: 2,
      misses: { absent: 1, expired: 1, invalidated: 1 },
      writes: 3,
    })
  })

  test('template changed, version changed', async () => {
    const { html, templates, fragment } = counted({ page: '{% cache "a", film %}a{% endcache %}' })
    await html({ film: { cacheKey: 1, cacheVersion: 1 } })
    await html({ film: { cacheKey: 1, cacheVersion: 2 } })
    templates.page = '{% cache "a", film %}edited{% endcache %}'
    await html({ film: { cacheKey: 1, cacheVersion: 2 } })
    expect(fragment('a')?.misses).toEqual({ absent: 1, 'version changed': 1, 'template changed': 1 })
  })

  test('skipped, bypassed, store error', async () => {
    const clock = new TestClock()
    const store = memoryStore({}, clock)
    let bypass: 'read' | false = false
    const { html, numbers, fragment } = counted(
      '{% cache "a", if=on %}a{% endcache %}',
      {
        store,
        bypass: () => bypass,
      },
      clock,
    )
    await html({ on: false })
    await html({ on: true })
    bypass = 'read'
    await html({ on: true })
    bypass = false
    vi.spyOn(store, 'getCopies').mockReturnValue(undefined)
    vi.spyOn(store, 'getMany').mockRejectedValue(new Error('gone'))
    await html({ on: true })
    expect(fragment('a')).toEqual({
      ...NONE,
      misses: { skipped: 1, absent: 1, bypassed: 1, 'store error': 1 },
      writes: 2,
      skips: 2,
    })
    const { breaker, breakerOpened, errors, trip } = numbers.snapshot()
    expect({ breaker, breakerOpened }).toEqual({ breaker: 'open', breakerOpened: 1 })
    expect(errors.get('ERR_ONETRIP_STORE')).toBeGreaterThanOrEqual(1)
    expect(trip.fetch.failed).toBe(1)
  })
})

describe('a fragment', () => {
  test('that is shown stale counts as stale, and its refresh as no miss', async () => {
    const { clock, html, fragment } = counted('{% cache "a", ttl="10s" %}a{% endcache %}', {
      staleWhileRevalidate: '1h',
    })
    await html()
    clock.advance(10_001)
    await html()
    await html()
    expect(fragment('a')).toEqual({ ...NONE, hits: 1, stale: 1, misses: { absent: 1 }, writes: 2 })
  })

  test('that another page renders counts as a joined hit', async () => {
    const { cache, numbers, fragment } = counted('{% cache "a" %}{{ rows }}{% endcache %}')
    const { call, called, release } = held<string>()
    const leader = cache.render('page', { rows: lazy(call) })
    await called
    const others = [1, 2, 3].map(() => cache.render('page', { rows: lazy(async () => 'other') }))
    release('rows')
    await Promise.all([leader, ...others])
    await cache.settled()
    expect(fragment('a')).toEqual({ ...NONE, hits: 3, joined: 3, misses: { absent: 1 }, writes: 1 })
    expect(counts(numbers.snapshot())).toMatchObject({ pages: 4, waiters: 3 })
  })

  test('that one visitor has for himself is a skip, with its error', async () => {
    const { html, numbers, fragment } = counted('{% cache "a" %}{{ user.name }}{% endcache %}', {
      safety: 'uncached',
    })
    await html({ user: perVisitor({ name: 'Anna' }) })
    await html({ user: perVisitor({ name: 'Bert' }) })
    expect(fragment('a')).toEqual({ ...NONE, misses: { absent: 2 }, skips: 2 })
    expect(numbers.snapshot().errors.get('ERR_ONETRIP_LEAK')).toBe(2)
  })

  test('inside another one is counted where it is looked up', async () => {
    const { cache, html, fragment } = counted(
      '{% cache "out", tags=["out"] %}{% cache "in" %}i{% endcache %}{% endcache %}',
    )
    await html()
    await html()
    await cache.invalidate('out')
    await html()
    expect(fragment('out')).toEqual({ ...NONE, hits: 1, misses: { absent: 1, invalidated: 1 }, writes: 2 })
    expect(fragment('in')).toEqual({ ...NONE, hits: 1, misses: { absent: 1 }, writes: 1 })
  })

  test('has its time saved and lost, its bytes, ages and times', async () => {
    const { clock, html, numbers } = counted(PAGE)
    const data = () => ({
      rows: lazy(async () => {
        clock.advance(30)
        return 'rows'
      }),
    })
    await html(data())
    clock.advance(1000)
    await html(data())
    clock.advance(1000)
    await html(data())
    const { fragments, templates, from, to } = numbers.snapshot()
    const a = fragments.get(fragmentLabel('a', 'page'))
    expect(a).toMatchObject({ savedTime: 60, lostTime: 30, bytesServed: 8 })
    expect(a?.load).toMatchObject({ count: 1, sum: 30_000 })
    expect(a?.render).toMatchObject({ count: 1, sum: 0 })
    expect(a?.age.count).toBe(2)
    expect(a?.age.quantile(1)).toBeGreaterThanOrEqual(1999)
    expect(a?.age.quantile(1)).toBeLessThanOrEqual(2000 * 1.0625)
    expect(a?.entryBytes).toMatchObject({ count: 1, sum: a?.bytesWritten })
    expect(templates.get('page')).toMatchObject({
      ...{ pages: 3, hits: 4, stale: 0, misses: 2, trips: 4, savedTime: 60, lostTime: 30 },
      time: { count: 3, sum: 30_000 },
    })
    expect(to - from).toBe(2045)
  })
})

describe('other numbers', () => {
  test('round trips for values, invalidations by tag, deletes and clears', async () => {
    const { cache, clock, html, numbers } = counted(PAGE)
    await cache.values.set('menu', 1)
    const page = cache.open({ request: {} })
    await page.run(() => cache.values.get('menu'))
    await page.render('page', { rows: 'rows' })
    await page.writeBack()
    await html({ rows: 'rows' })
    await cache.invalidate('t', 'u')
    await cache.invalidate('t')
    await cache.delete('b')
    await cache.values.delete('menu')
    await clock.until(cache.clear())
    const snapshot = numbers.snapshot()
    expect(counts(snapshot)).toEqual({
      ...{ pages: 2, trips: 3, valueTrips: 1, waiters: 0, deletes: 2, clears: 1, breakerOpened: 0 },
    })
    expect([...snapshot.tags]).toEqual([
      ['t', { invalidations: 2 }],
      ['u', { invalidations: 1 }],
    ])
    const trips = Object.entries(snapshot.trip).map(([kind, { count, keys, failed }]) => [
      kind,
      count,
      keys,
      failed,
    ])
    expect(trips).toEqual([
      ['fetch', 2, 6, 0],
      ['values', 1, 1, 0],
      ['write', 2, 3, 0],
      ['tags', 3, 4, 0],
      ['delete', 3, 2, 0],
    ])
  })

  test('keys that copies in this process had, and had not', async () => {
    const clock = new TestClock()
    const second = Object.assign(memoryStore({}, clock), {
      capabilities: { shared: true, conditional: true, ttlPrecision: 1 },
      getCopies: undefined,
    })
    const store = tieredStore({ first: memoryStore({}, clock), second, coherence: 'ttl', coherenceLag: 1000 })
    const { html, numbers } = counted('{% cache "a" %}a{% endcache %}', { store }, clock)
    await html()
    await html()
    const { misses } = numbers.snapshot().tiers
    expect(numbers.snapshot().tiers.hits).toBe(0)
    await html()
    await html()
    expect(numbers.snapshot().tiers).toEqual({ hits: 2, misses })
  })

  test('labels are bounded', async () => {
    const names = Array.from({ length: LABEL_LIMITS.fragments + 50 }, (_, n) => `f${n}`)
    const { cache, numbers } = counted(
      Object.fromEntries(names.map((name) => [name, `{% cache "${name}" %}x{% endcache %}`])),
    )
    for (const name of names) await cache.render(name)
    await cache.invalidate(...Array.from({ length: 300 }, (_, n) => `tag${n}`))
    await cache.settled()
    const { fragments, tags, templates } = numbers.snapshot()
    expect([fragments.size, tags.size]).toEqual([LABEL_LIMITS.fragments, LABEL_LIMITS.tags])
    expect(templates.size).toBe(LABEL_LIMITS.templates)
    expect(templates.get(OTHER)?.pages).toBe(names.length - LABEL_LIMITS.templates + 1)
    expect(fragments.get(OTHER)).toMatchObject({ misses: { absent: 51 } })
    expect(tags.get(OTHER)).toEqual({ invalidations: 101 })
  })

  test('pages of many templates whose fragments stand in another order each time', async () => {
    const { cache, numbers } = counted({
      page: '{% for n in order %}{% if n == 1 %}{% cache "one" %}1{% endcache %}{% else %}{% cache "two" %}2{% endcache %}{% endif %}{% endfor %}',
    })
    for (const order of [[1, 2], [2, 1], [2], [1, 2], []]) {
      await cache.render('page', { order })
      await cache.settled()
    }
    const { fragments } = numbers.snapshot()
    expect(fragments.get(fragmentLabel('one', 'page'))).toMatchObject({ hits: 2, misses: { absent: 1 } })
    expect(fragments.get(fragmentLabel('two', 'page'))).toMatchObject({ hits: 3, misses: { absent: 1 } })
  })
})

describe('numbers by time', () => {
  test('are in series of seconds and minutes, also where nothing was counted', async () => {
    const { cache, clock, numbers } = counted('{% cache "a" %}a{% endcache %}')
    const begun = clock.wall()
    for (let n = 0; n < 3; n++) {
      await cache.render('page')
      await cache.settled()
      clock.advance(2000)
    }
    const seconds = await numbers.series({ step: 'second', from: begun, to: begun + 6000 })
    expect(seconds.map(({ pages }) => pages)).toEqual([1, 0, 1, 0, 1, 0])
    expect(seconds[1]).toMatchObject({ from: begun + 1000, to: begun + 2000 })
    clock.advance(60_000)
    await cache.render('page')
    await cache.settled()
    const minutes = await numbers.series({ step: 'minute', from: begun, to: clock.wall() })
    expect(minutes.map(({ pages }) => pages)).toEqual([3, 1])
    const hours = await numbers.series({ step: 'hour', from: begun, to: clock.wall() })
    expect(hours.map(({ pages }) => pages)).toEqual([4])
  })

  test('are added up to totals, by seconds if they are recent', async () => {
    const { cache, clock, numbers } = counted('{% cache "a" %}a{% endcache %}')
    const begun = clock.wall()
    await cache.render('page')
    await cache.settled()
    clock.advance(30_000)
    await cache.render('page')
    await cache.settled()
    expect((await numbers.totals()).pages).toBe(2)
    expect(await numbers.totals({ from: begun + 10_000 })).toMatchObject({ pages: 1, to: clock.wall() + 1 })
    clock.advance(400_000)
    await cache.render('page')
    await cache.settled()
    // Single seconds are gone: the minute before is counted whole.
    expect(await numbers.totals({ from: begun + 10_000 })).toMatchObject({ pages: 3, from: begun })
    expect((await numbers.totals({ from: begun + 60_000 })).pages).toBe(1)
  })

  test('are kept as long as history says', async () => {
    const site = clockedCacheOf('{% cache "a" %}a{% endcache %}')
    const numbers = metrics(site.cache, { history: '2m', interval: '10s' }, site.clock)
    for (let n = 0; n < 10; n++) {
      await site.html()
      site.clock.advance(60_000)
    }
    expect((await numbers.totals()).pages).toBeLessThanOrEqual(3)
    expect(numbers.snapshot().pages).toBe(10)
  })

  test('survive a clock that is set back', async () => {
    const { cache, clock, numbers } = counted('{% cache "a" %}a{% endcache %}')
    await cache.render('page')
    clock.advance(5000)
    clock.setWall(-3_600_000)
    await cache.render('page')
    clock.advance(5000)
    await cache.settled()
    expect(numbers.snapshot()).toMatchObject({ pages: 2 })
    const { from, to } = numbers.snapshot()
    expect(from).toBeLessThanOrEqual(to)
    expect((await numbers.totals({ from: 0, to: clock.wall() + 7_200_000 })).pages).toBe(2)
  })

  test.each([
    [{ step: 'week' }, 'step'],
    [{ step: 'second', from: 0 }, 'at most 5000 steps'],
    [{ step: 'second', from: 'yesterday' }, 'from'],
    [{ step: 'second', form: 0 }, 'from'],
  ])('a series of %j is refused', async (range, message) => {
    const { numbers } = counted(PAGE)
    await expect(numbers.series(range as never)).rejects.toThrow(OptionError)
    await expect(numbers.series(range as never)).rejects.toThrow(message)
  })
})

describe('metrics', () => {
  test('of one process name it', async () => {
    const { cache } = clockedCacheOf(PAGE)
    const numbers = metricsOf(cache, { name: 'web-1' })
    await cache.render('page')
    await cache.settled()
    expect(await numbers.processes()).toMatchObject([
      { id: expect.stringMatching(/^web-1\//), pid: process.pid, pages: 1 },
    ])
    await numbers.close()
  })

  test('count from when they were made until they are closed, and can be read after', async () => {
    const { cache, clock, html } = clockedCacheOf(PAGE)
    await html()
    const numbers = metrics(cache, {}, clock)
    await html()
    const timers = clock.timers
    await Promise.all([numbers.close(), numbers.close()])
    expect(clock.timers).toBe(timers - 1)
    await html()
    await numbers.flush()
    expect(numbers.snapshot().pages).toBe(1)
    expect((await numbers.totals()).pages).toBe(1)
  })

  test('that are made twice count each by itself', async () => {
    const { cache, html } = clockedCacheOf(PAGE)
    const [one, other] = [metricsOf(cache), metricsOf(cache)]
    await html()
    expect([one.snapshot().pages, other.snapshot().pages]).toEqual([1, 1])
    await one.close()
    await html()
    expect([one.snapshot().pages, other.snapshot().pages]).toEqual([1, 2])
    await other.close()
  })

  test('give a snapshot that does not change', async () => {
    const { html, numbers } = counted(PAGE)
    await html()
    const snapshot = numbers.snapshot()
    await html()
    expect(snapshot.pages).toBe(1)
    expect(snapshot.fragments.get(fragmentLabel('b', 'page'))?.hits).toBe(0)
  })

  test.each([
    ['no cache', undefined, {}, 'must be given a cache'],
    ['an engine', engineOf({}), {}, 'must be given a cache'],
    ['no object', 'cache', true, 'The options of metrics() must be an object'],
    ['an unknown option', 'cache', { intervall: 1 }, 'interval'],
    ['a wrong redis', 'cache', { redis: 5 }, 'redis'],
    ['a host in place of a URL', 'cache', { redis: 'localhost' }, 'redis must be redis://'],
    ['options with a wrong URL', 'cache', { redis: { url: 'http://localhost' } }, 'redis: url must be'],
    ['an empty prefix', 'cache', { prefix: '' }, 'prefix'],
    ['an empty name', 'cache', { name: '' }, 'name'],
    ['an interval that is too short', 'cache', { interval: 50 }, 'interval'],
    ['an interval that is too long', 'cache', { interval: '2m' }, 'interval'],
    ['a history of a year', 'cache', { history: '365d' }, 'history'],
  ])('with %s are refused', (_what, cache, options, message) => {
    const given = cache === 'cache' ? clockedCacheOf(PAGE).cache : cache
    expect(() => metricsOf(given as never, options as never)).toThrow(OptionError)
    expect(() => metricsOf(given as never, options as never)).toThrow(message)
  })

  test('with options that only ioredis can check, count without it, and do not end the process', async () => {
    const warned = vi.spyOn(process, 'emitWarning').mockReturnValue()
    const { cache, html } = clockedCacheOf(PAGE)
    const numbers = metricsOf(cache, { redis: { nodes: [] } as never })
    await expect.poll(() => warned.mock.calls.length).toBeGreaterThan(0)
    // A rejection that nobody handles would be reported here, and fail the run.
    await new Promise(setImmediate)
    await html()
    expect(numbers.snapshot().pages).toBe(1)
    await expect(numbers.totals()).rejects.toThrow(OptionError)
    await numbers.close()
    warned.mockRestore()
  })
})
