import { DurationError, lazy, OptionError, TagError } from 'onetrip'
import { memoryStore } from 'onetrip/stores/memory'
import { describe, expect, test, vi } from 'vitest'
import { isEarly } from '../../../src/core/lookup/judge-entry.ts'
import { cacheOf, clockedCacheOf, told } from '../../helpers/templates.ts'
import { TestClock } from '../../helpers/test-clock.ts'

const tag = (args: string) => `{% cache "a", ${args} %}{{ n }}{% endcache %}`

/** More than the 30 seconds that most fragments here are fresh for, in milliseconds. */
const OVER = 40_000

describe('staleWhileRevalidate', () => {
  test('shows an expired entry at once, and refreshes it after the page', async () => {
    const { html, events, cache, clock } = clockedCacheOf(tag('ttl="30s", stale="1m"'))
    expect(await html({ n: 1 })).toBe('1')
    clock.advance(OVER)
    const page = cache.open()
    const { body, fragments } = await page.render('page', { n: 2 })
    expect(body.toString()).toBe('1')
    expect(fragments[0]?.state).toBe('stale')
    await page.writeBack()
    expect(await html({ n: 3 })).toBe('2')
    expect(told(events, 'hit', 'stale', 'miss', 'write')).toEqual([
      'miss a: absent',
      'write a',
      'stale a',
      'write a',
      'hit a',
    ])
  })

  test('holds for all fragments where the cache says so; a tag may refuse', async () => {
    const { clock, ...site } = clockedCacheOf(
      { page: tag('ttl="30s"'), never: tag('ttl="30s", stale=0, tags=["n"]') },
      { staleWhileRevalidate: '1m' },
    )
    await site.html({ n: 1 })
    await site.html({ n: 1 }, 'never')
    clock.advance(OVER)
    expect(await site.html({ n: 2 })).toBe('1')
    expect(await site.html({ n: 2 }, 'never')).toBe('2')
  })

  test('only one of the pages that find it stale refreshes it', async () => {
    const { html, cache, clock } = clockedCacheOf(
      '{% cache "a", ttl="30s", stale="1m" %}{{ count() }}{% endcache %}',
    )
    const count = vi.fn(() => 'x')
    await html({ count })
    clock.advance(OVER)
    await Promise.all(Array.from({ length: 20 }, () => cache.render('page', { count })))
    await cache.settled()
    expect(count).toHaveBeenCalledTimes(2)
  })

  test('a refresh renders the fragments inside it again, and does not reuse them stale', async () => {
    const { html, clock } = clockedCacheOf(
      '{% cache "out", ttl="30s", stale="1m" %}<{% cache "in", ttl="30s", stale="1m" %}{{ n }}{% endcache %}>{% endcache %}',
    )
    await html({ n: 1 })
    clock.advance(OVER)
    expect(await html({ n: 2 })).toBe('<1>')
    expect(await html({ n: 3 })).toBe('<2>')
  })

  test('a fragment around one without grace has none', async () => {
    const { html, clock } = clockedCacheOf(
      '{% cache "out", ttl="1m", stale="1m" %}<{% cache "in", ttl="30s" %}{{ n }}{% endcache %}>{% endcache %}',
    )
    await html({ n: 1 })
    clock.advance(OVER)
    expect(await html({ n: 2 })).toBe('<2>')
  })

  test('an invalidated entry is never shown', async () => {
    const { html, cache, clock } = clockedCacheOf(tag('ttl="30s", stale="1m", tags=["t"]'))
    await html({ n: 1 })
    clock.advance(OVER)
    await cache.invalidate('t')
    expect(await html({ n: 2 })).toBe('2')
  })

  test('a hole in it is rendered for each request', async () => {
    const { html, clock } = clockedCacheOf(
      '{% cache "a", ttl="30s", stale="1m" %}{{ n }}{% nocache %}{{ who }}{% endnocache %}{% endcache %}',
    )
    expect(await html({ n: 1, who: 'A' })).toBe('1A')
    clock.advance(OVER)
    expect(await html({ n: 2, who: 'B' })).toBe('1B')
    expect(await html({ n: 3, who: 'C' })).toBe('2C')
  })

  test('an entry that cannot be refreshed stays, and not every visitor tries again', async () => {
    const { html, events, clock } = clockedCacheOf(
      '{% cache "a", ttl="30s", stale="1m" %}{{ rows }}{% endcache %}',
    )
    await html({ rows: 'rows' })
    clock.advance(OVER)
    const load = vi.fn(() => Promise.reject(new Error('no database')))
    for (let n = 0; n < 10; n++) expect(await html({ rows: lazy(load) })).toBe('rows')
    expect(load).toHaveBeenCalledTimes(1)
    expect(events.find(({ type }) => type === 'error')).toMatchObject({
      during: 'refresh',
      error: {
        code: 'ERR_ONETRIP_RENDER',
        message: expect.stringMatching(/"a" \(page, line 1\).*no database/),
      },
    })
  })
})

describe('staleIfError', () => {
  const options = { staleIfError: '1m' } as const

  test('shows the stale entry if the body, or a value that it loads, fails', async () => {
    const { html, events, clock } = clockedCacheOf(
      '{% cache "a", ttl="30s" %}{{ rows }}{% endcache %}',
      options,
    )
    expect(await html({ rows: 'rows' })).toBe('rows')
    clock.advance(OVER)
    const load = vi.fn(() => Promise.reject(new Error('no database')))
    for (let n = 0; n < 5; n++) expect(await html({ rows: lazy(load) })).toBe('rows')
    // After a failure it rests: nobody waits for a database that is down.
    expect(load).toHaveBeenCalledTimes(1)
    expect(told(events, 'stale').length).toBe(5)
    expect(events.find(({ type }) => type === 'error')).toMatchObject({
      during: 'render',
      error: { code: 'ERR_ONETRIP_RENDER', cause: { message: expect.stringMatching(/no database/) } },
    })
  })

  test('renders first: if that succeeds the page is fresh', async () => {
    const { html, clock } = clockedCacheOf(tag('ttl="30s"'), options)
    await html({ n: 1 })
    clock.advance(OVER)
    expect(await html({ n: 2 })).toBe('2')
  })

  test('an outer one is shown where something inside it fails, holes and all', async () => {
    const inner = '{% cache "in", n, ttl="1m" %}{{ rows() }}{% endcache %}'
    const { html, clock } = clockedCacheOf(
      `{% cache "out", ttl="30s" %}<{% nocache %}{{ who }}{% endnocache %}{% cache "x", ttl="1m" %}x{% endcache %}${inner}>{% endcache %}`,
      options,
    )
    const fail = () => {
      throw new Error('no')
    }
    expect(await html({ n: 1, who: 'A', rows: () => 'rows' })).toBe('<Axrows>')
    clock.advance(OVER)
    expect(await html({ n: 2, who: 'B', rows: fail })).toBe('<Bxrows>')
  })

  test('a fragment that shows on the page by itself, too, fails it with its own error', async () => {
    const { html, templates, clock } = clockedCacheOf(
      {
        page: '{% cache "out", ttl="30s" %}{% include "in" %}{% endcache %}',
        in: '{% cache "in", n %}{{ rows() }}{% endcache %}',
      },
      options,
    )
    await html({ n: 1, rows: () => 'rows' })
    clock.advance(OVER)
    const fail = () => {
      throw new Error('no rows')
    }
    expect(await html({ n: 2, rows: fail })).toBe('rows')
    templates.both = '{% include "in" %}{% include "page" %}'
    await expect(html({ n: 3, rows: fail }, 'both')).rejects.toThrow(/no rows/)
  })

  test('a hole that fails in a hit fails the page, and only that', async () => {
    const { html } = cacheOf('{% cache "a" %}<{% nocache %}{{ f() }}{% endnocache %}>{% endcache %}', options)
    const fail = () => {
      throw new Error('no')
    }
    expect(await html({ f: () => 1 })).toBe('<1>')
    await expect(html({ f: fail })).rejects.toThrow(/no/)
    expect(await html({ f: () => 2 })).toBe('<2>')
  })

  test('without it, and after it, the page fails', async () => {
    const { html, clock } = clockedCacheOf('{% cache "a", ttl="20s", stale="20s" %}{{ rows }}{% endcache %}')
    await html({ rows: 'rows' })
    clock.advance(60_000)
    const failing = { rows: lazy(() => Promise.reject(new Error('no database'))) }
    await expect(html(failing)).rejects.toThrow(/no database/)
  })
})

describe('lives', () => {
  test('ttl=0 renders and does not store, neither the fragment nor those around it', async () => {
    const { html, events } = cacheOf(`{% cache "out", ttl="1m" %}${tag('ttl=0')}{% endcache %}`)
    expect([await html({ n: 1 }), await html({ n: 2 })]).toEqual(['1', '2'])
    expect(told(events, 'skip').slice(0, 2)).toEqual([
      'skip out: a fragment inside it has expired, or is not stored',
      'skip a: its ttl is 0',
    ])
  })

  test("ttl='forever' has no end, and only that word has none", async () => {
    const store = memoryStore()
    const setMany = vi.spyOn(store, 'setMany')
    const { html } = cacheOf(tag('ttl="forever", tags=["t"]'), { store })
    const touchMany = vi.spyOn(store, 'touchMany')
    expect([await html({ n: 1 }), await html({ n: 2 })]).toEqual(['1', '1'])
    expect(setMany.mock.calls[0]?.[0][0]?.ttl).toBe('forever')
    expect(touchMany.mock.calls[0]?.[0][0]?.ttl).toBe('forever')
    await expect(cacheOf(tag('ttl=x')).html({ x: Number.POSITIVE_INFINITY })).rejects.toThrow(DurationError)
  })

  test('until= ends at a time, whatever the ttl', async () => {
    const clock = new TestClock()
    const until = () => new Date(clock.wall() + 50_000)
    for (const [args, endOf] of [
      ['until=end', () => until()],
      ['ttl="1h", until=end', () => until().getTime()],
      ['ttl="1h", until=end', () => until().toISOString()],
    ] as const) {
      const { html } = clockedCacheOf(tag(args), { ttl: undefined }, clock)
      const data = { end: endOf() }
      expect(await html({ n: 1, ...data })).toBe('1')
      expect(await html({ n: 2, ...data })).toBe('1')
      clock.advance(60_000)
      expect(await html({ n: 3, ...data })).toBe('3')
    }
    const { html, events } = cacheOf(tag('until=end'))
    expect(await html({ n: 1, end: new Date(0) })).toBe('1')
    expect(told(events, 'skip')).toEqual(['skip a: its until= has passed'])
    await expect(html({ n: 1, end: 'soon' })).rejects.toThrow(TagError)
    await expect(html({ n: 1, end: 'soon' })).rejects.toThrow(
      /until= of the fragment "a" \(page, line 1\) is soon/,
    )
  })

  test('lives are spread, by 5 % at most and never longer', async () => {
    const { cache, events } = cacheOf(
      '{% for n in list %}{% cache "a", n, ttl=100000 %}{{ n }}{% endcache %}{% endfor %}',
    )
    await cache.render('page', { list: Array.from({ length: 2000 }, (_, n) => n) })
    await cache.settled()
    const lives = events.flatMap((event) => (event.type === 'write' ? [event.ttl] : []))
    expect(lives.length).toBe(2000)
    expect(Math.min(...lives)).toBeGreaterThanOrEqual(95_000)
    expect(Math.max(...lives)).toBeLessThanOrEqual(100_000)
    expect(Math.max(...lives) - Math.min(...lives)).toBeGreaterThan(4_000)
  })

  test('a fragment of white space is stored only with allowEmpty', async () => {
    const blank = (args: string) => `{% cache "a"${args} %}\n {% if n %}{{ n }}{% endif %}{% endcache %}`
    const { html, events } = cacheOf(blank(''))
    await html({})
    expect(await html({ n: 2 })).toBe('\n 2')
    expect(told(events, 'skip')).toEqual(['skip a: it is empty, and allowEmpty is not set'])
    for (const site of [
      cacheOf(blank(', allowEmpty=true')),
      cacheOf(blank(''), { entries: { allowEmpty: true } }),
    ]) {
      await site.html({})
      expect(await site.html({ n: 2 })).toBe('\n ')
    }
  })

  test('an early renewal is likelier the longer it takes and the less is left: XFetch', async () => {
    const share = (cost: number, left: number, beta = 1) => {
      let early = 0
      for (let n = 0; n < 20_000; n++) if (isEarly(cost, left, beta)) early++
      return early / 20_000
    }
    // P(-ln(u) * cost * beta >= left) = e^(-left / (cost * beta))
    expect(share(100, 100)).toBeCloseTo(Math.exp(-1), 1)
    expect(share(100, 300)).toBeCloseTo(Math.exp(-3), 1)
    expect(share(100, 300, 3)).toBeCloseTo(Math.exp(-1), 1)
    expect(share(1, 1000)).toBe(0)
    expect(share(100, 1, 0)).toBe(0)
  })

  test('a hit near its expiry is refreshed after the page', async () => {
    const { html, cache, clock } = clockedCacheOf(
      '{% cache "a", ttl="2s" %}{{ n }}{{ rows }}{% endcache %}',
      { entries: { beta: 1e6 } },
    )
    const rows = lazy(() => {
      clock.advance(20)
      return ''
    })
    expect(await html({ n: 1, rows })).toBe('1')
    clock.advance(5)
    const { body, fragments } = await cache.render('page', { n: 2, rows })
    await cache.settled()
    expect([body.toString(), fragments[0]?.state]).toEqual(['1', 'hit'])
    expect(await html({ n: 3, rows })).toBe('2')
  })

  test.each([
    [{ entries: { jitter: 1 } }, /option entries\.jitter must be a number from 0 to below 1, not 1/],
    [{ entries: { beta: -1 } }, /option entries\.beta/],
    [{ entries: { allowEmpty: 'yes' } }, /option entries\.allowEmpty/],
    [{ staleWhileRevalidate: 'soon' }, /option staleWhileRevalidate is 'soon'/],
    [{ staleIfError: -1 }, /option staleIfError/],
  ])('options are checked at the door: %j', (options, message) => {
    const make = () => cacheOf('', options as never)
    expect(make).toThrow(message)
    expect(() => cacheOf('', { entries: { beta: Number.NaN } })).toThrow(OptionError)
  })
})
