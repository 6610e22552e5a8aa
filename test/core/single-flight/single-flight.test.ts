import { lazy, perVisitor } from 'onetrip'
import { memoryStore } from 'onetrip/stores/memory'
import { describe, expect, test, vi } from 'vitest'
import { sleep } from '../../../src/clock.ts'
import type { FragmentCache } from '../../../src/core/fragment-cache.ts'
import { held } from '../../helpers/held.ts'
import { clockedCacheOf as cacheOf, told } from '../../helpers/templates.ts'
import { TestClock } from '../../helpers/test-clock.ts'
import { turns } from '../../helpers/turns.ts'

/**
 * Time stands still but for what a test moves it on: who waits until `lockWait` waits for ever
 * elsewhere.
 */

/** Many requests for one page at the same time, each with data of its own. */
async function crowd(cache: FragmentCache, count: number, data: (n: number) => object, template = 'page') {
  const pages = await Promise.all(
    Array.from({ length: count }, async (_, n) => (await cache.render(template, data(n))).body.toString()),
  )
  await cache.settled()
  return pages
}

/** Takes longer than others need to come and wait for it. */
const slow = (value: unknown) =>
  vi.fn(async () => {
    await turns()
    return value
  })

describe('in one process', () => {
  test('200 pages that miss a fragment at once: it is loaded and rendered once, and all get the same bytes', async () => {
    const { cache, events } = cacheOf('{% cache "a" %}{{ rows }}{% endcache %}')
    const load = slow('rows')
    const pages = await crowd(cache, 200, () => ({ rows: lazy(load) }))
    expect(new Set(pages)).toEqual(new Set(['rows']))
    expect(load).toHaveBeenCalledTimes(1)
    expect(told(events, 'miss').length).toBe(1)
    expect(events.filter((event) => event.type === 'hit' && event.joined).length).toBe(199)
    expect(told(events, 'write').length).toBe(1)
  })

  test("'off': each renders its own", async () => {
    const { cache } = cacheOf('{% cache "a" %}{{ rows }}{% endcache %}', { singleFlight: 'off' })
    const load = slow('rows')
    await crowd(cache, 5, () => ({ rows: lazy(load) }))
    expect(load).toHaveBeenCalledTimes(5)
  })

  test('24 nested fragments, in pages with different orders: each is rendered once, and no page waits for ever', async () => {
    const inner = '{% cache "in", x %}{{ load(x) }}{% endcache %}'
    const { cache } = cacheOf({
      page: `{% for x in xs %}{% cache "out", x %}<${inner}>{% endcache %}{% endfor %}`,
    })
    const load = vi.fn((x: number) => `${x}`)
    const xs = Array.from({ length: 24 }, (_, x) => x)
    const pages = await crowd(cache, 50, (n) => ({ xs: n % 2 ? xs : xs.toReversed(), load }))
    expect(pages[1]).toBe(xs.map((x) => `<${x}>`).join(''))
    expect(load).toHaveBeenCalledTimes(24)
  })

  test('other pages get the entry, with the nocache hole rendered for each', async () => {
    const { cache } = cacheOf(
      '{% cache "a" %}{{ rows }}:{% nocache %}{{ who }}{% endnocache %}{% endcache %}',
    )
    const load = slow('rows')
    const pages = await crowd(cache, 5, (n) => ({ rows: lazy(load), who: n }))
    expect(pages).toEqual(['rows:0', 'rows:1', 'rows:2', 'rows:3', 'rows:4'])
    expect(load).toHaveBeenCalledTimes(1)
  })

  test("another key, another place, another visitor's part never share", async () => {
    const { cache } = cacheOf({
      page: '{% cache "a", n %}{{ n }}{{ rows }}{% endcache %}',
      b: '{% cache "a", 1 %}b{{ rows }}{% endcache %}',
    })
    const [one, two, other] = await Promise.all([
      crowd(cache, 1, () => ({ n: 1, rows: lazy(slow('x')) })),
      crowd(cache, 1, () => ({ n: 2, rows: lazy(slow('x')) })),
      crowd(cache, 1, () => ({ rows: lazy(slow('x')) }), 'b'),
    ])
    expect([one, two, other]).toEqual([['1x'], ['2x'], ['bx']])
  })

  test('if the render that others wait for fails, each renders its own', async () => {
    const { cache } = cacheOf('{% cache "a" %}{{ rows }}{% endcache %}')
    const fails = lazy(() => turns().then(() => Promise.reject(new Error('no'))))
    const pages = await Promise.allSettled([
      cache.render('page', { rows: fails }),
      ...[1, 2, 3].map((n) => cache.render('page', { rows: lazy(slow(n)) })),
    ])
    expect(pages[0]?.status).toBe('rejected')
    expect(pages.slice(1).map((page) => page.status === 'fulfilled' && page.value.body.toString())).toEqual([
      '1',
      '2',
      '3',
    ])
  })

  test('a fragment that must not be stored is not given to other pages either', async () => {
    const own = (n: number) => ({
      rows: lazy(slow('x')),
      user: { name: `u${n}` },
      post: { author: perVisitor({ name: `u${n}` }) },
    })
    for (const [template, options] of [
      ['{% cache "a" %}{{ rows }}{{ user.name }}{% endcache %}', { safety: 'uncached' }],
      ['{% cache "a" %}{{ rows }}{{ post.author.name }}{% endcache %}', { safety: 'uncached' }],
      [
        '{% cache "a" %}{{ rows }}{{ user.name }}{% endcache %}',
        { safety: { mode: 'off', detectLeaks: () => ['u0__'], perVisitor: [] } },
      ],
      [
        '{% cache "a" %}{% set t %}{% nocache %}{{ user.name }}{% endnocache %}{% endset %}{{ rows }}{{ t }}{% endcache %}',
        {},
      ],
    ] as const) {
      const { cache } = cacheOf(template, options as never)
      const detects = 'safety' in options && typeof options.safety === 'object'
      const pages = await crowd(cache, 3, (n) => {
        const data = own(n)
        if (detects) data.user.name = `u${n}__`
        return data
      })
      const want = (n: number) => (detects ? (n === 0 ? 'xu0__' : undefined) : `xu${n}`)
      expect(pages[0], template).toBe(want(0))
      // The second and the third do not get what the first one's visitor was shown.
      for (const n of [1, 2]) expect(pages[n], template).not.toContain('u0')
    }
  })

  test('no page joins one that may not be stored: a POST, another status, a bypass', async () => {
    const { cache } = cacheOf('{% cache "a" %}{{ rows }}{% endcache %}')
    const render = async (options: object, n: number) => {
      const page = cache.open(options)
      return (await page.render('page', { rows: lazy(slow(n)) })).body.toString()
    }
    expect(await Promise.all([render({ mayStore: () => false }, 1), render({}, 2), render({}, 3)])).toEqual([
      '1',
      '2',
      '2',
    ])
  })

  test('after an invalidation no page joins a render that began before it', async () => {
    const { cache, clock } = cacheOf('{% cache "a", tags=["t"] %}{{ rows }}{% endcache %}')
    const old = held<string>()
    const first = cache.render('page', { rows: lazy(old.call) })
    await old.called
    await cache.invalidate('t')
    clock.advance(5)
    const second = await cache.render('page', { rows: lazy(slow('new')) })
    expect(second.body.toString()).toBe('new')
    old.release('old')
    expect((await first).body.toString()).toBe('old')
    await cache.settled()
    expect((await cache.render('page', { rows: 'newest' })).body.toString()).toBe('new')
  })

  test('nor one whose inner fragment was invalidated since', async () => {
    const { cache, clock } = cacheOf(
      '{% cache "out" %}{% cache "in", tags=["t"] %}{{ rows }}{% endcache %}{{ more }}{% endcache %}',
    )
    const more = held<string>()
    const first = cache.render('page', { rows: 'old', more: lazy(more.call) })
    await more.called
    await turns()
    await cache.invalidate('t')
    clock.advance(5)
    const second = cache.render('page', { rows: 'new', more: '' })
    await turns()
    more.release('')
    expect((await second).body.toString()).toBe('new')
    expect((await first).body.toString()).toBe('old')
  })

  test('a page that waits too long renders the fragment itself', async () => {
    const { cache, clock } = cacheOf('{% cache "a" %}{{ rows }}{% endcache %}', {
      singleFlight: { wait: '20s' },
    })
    const rows = held<string>()
    const load = vi.fn(rows.call)
    const pages = crowd(cache, 2, () => ({ rows: lazy(load) }))
    await turns()
    clock.advance(19_999)
    await turns()
    expect(load).toHaveBeenCalledTimes(1)
    clock.advance(1)
    await turns()
    expect(load).toHaveBeenCalledTimes(2)
    rows.release('rows')
    expect(await pages).toEqual(['rows', 'rows'])
  })

  test('lockWait is for all that a page waits for, not for each of its waits', async () => {
    const { cache, clock } = cacheOf(
      {
        'a.njk': '{% cache "a" %}{{ a }}{% endcache %}',
        'b.njk': '{% cache "b" %}{{ b }}{% endcache %}',
        'page.njk': '{% set text %}{% include "a.njk" %}{% endset %}{{ text }} {% include "b.njk" %}',
      },
      { singleFlight: { wait: 400 } },
    )
    const theirs = (ms: number) => lazy(() => sleep(ms, clock).then(() => 'theirs'))
    const others = [cache.render('a.njk', { a: theirs(300) }), cache.render('b.njk', { b: theirs(800) })]
    await turns()
    let html: string | undefined
    const page = cache.render('page.njk', { a: 'own', b: 'own' }).then(({ body }) => {
      html = `${body}`
    })
    await turns()
    clock.advance(300)
    await turns()
    clock.advance(99)
    await turns()
    expect(html).toBe(undefined)
    clock.advance(1)
    await page
    expect(html).toBe('theirs own')
    clock.advance(400)
    await Promise.all(others)
  })

  test('a page that renders itself inside a loader does not wait for itself for ever', async () => {
    const { cache, clock } = cacheOf('{% cache "a" %}{{ rows }}{% endcache %}', {
      singleFlight: { wait: '50s' },
    })
    const again = lazy(async () => (await cache.render('page', { rows: 'inner' })).body.toString())
    const page = cache.render('page', { rows: again })
    await turns()
    clock.advance(50_000)
    expect((await page).body.toString()).toBe('inner')
  })

  test('a page that loads something else first gets the fragment rendered meanwhile', async () => {
    const { cache } = cacheOf({
      'a.njk': '{% cache "a" %}{{ rows }}{% endcache %}',
      'both.njk': '{% include "a.njk" %} {% cache "b" %}{{ more }}{% endcache %}',
    })
    const [rows, more] = [held<string>(), held<string>()]
    const load = vi.fn(rows.call)
    const first = cache.render('a.njk', { rows: lazy(load) }).then(() => cache.settled())
    await rows.called
    const second = cache.render('both.njk', { rows: lazy(load), more: lazy(more.call) })
    await more.called
    rows.release('rows')
    await first
    more.release('more')
    expect((await second).body.toString()).toBe('rows more')
    expect(load).toHaveBeenCalledTimes(1)
  })

  test('crowds that have seen different things render once each', async () => {
    const { cache } = cacheOf({
      'a.njk': '{% cache "x" %}A{{ rows }}{% endcache %}',
      'b.njk': '{% cache "x" %}B{{ rows }}{% endcache %}',
    })
    const rows = held<string>()
    const load = vi.fn(rows.call)
    const pages = Promise.all(
      Array.from({ length: 60 }, async (_, n) => {
        await turns(n % 20)
        const { body } = await cache.render(n % 2 ? 'a.njk' : 'b.njk', { rows: lazy(load) })
        return body.toString() === (n % 2 ? 'Arows' : 'Brows')
      }),
    )
    await turns(40)
    rows.release('rows')
    expect((await pages).every(Boolean)).toBe(true)
    expect(load).toHaveBeenCalledTimes(2)
  })

  test('waits at the same time are one wait', async () => {
    const { cache, clock } = cacheOf(
      {
        'a.njk': '{% cache "a" %}{{ a }}{% endcache %}',
        'b.njk': '{% cache "b" %}{{ b }}{% endcache %}',
        'c.njk': '{% cache "c" %}{{ c }}{% endcache %}',
      },
      { singleFlight: { wait: 500 } },
    )
    const theirs = (ms: number) => lazy(() => sleep(ms, clock).then(() => 'theirs'))
    const others = [
      cache.render('a.njk', { a: theirs(300) }),
      cache.render('b.njk', { b: theirs(300) }),
      cache.render('c.njk', { c: theirs(420) }),
    ]
    await turns()
    const page = cache.open()
    const both = Promise.all([page.render('a.njk', { a: 'own' }), page.render('b.njk', { b: 'own' })])
    await turns()
    clock.advance(300)
    expect((await both).map(({ body }) => `${body}`)).toEqual(['theirs', 'theirs'])
    const last = page.render('c.njk', { c: 'own' })
    await turns()
    clock.advance(120)
    expect((await last).body.toString()).toBe('theirs')
    await Promise.all(others)
  })

  test('late ones find it between the render and its write', async () => {
    const clock = new TestClock()
    const store = memoryStore({}, clock)
    const { setMany } = store
    const write = held<void>()
    store.setMany = async (entries) => {
      await write.call()
      return setMany.call(store, entries)
    }
    const { cache } = cacheOf('{% cache "a" %}{{ rows }}{% endcache %}', { store }, clock)
    const load = slow('rows')
    await cache.render('page', { rows: lazy(load) })
    await write.called
    const late = crowd(cache, 3, () => ({ rows: lazy(load) }))
    await turns()
    write.release()
    expect(await late).toEqual(['rows', 'rows', 'rows'])
    expect(load).toHaveBeenCalledTimes(1)
  })
})
