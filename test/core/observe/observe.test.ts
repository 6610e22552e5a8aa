import { type CacheObserver, lazy, type ObservedPage, type ObservedTrip, OptionError } from 'onetrip'
import { memoryStore } from 'onetrip/stores/memory'
import { describe, expect, test, vi } from 'vitest'
import { held } from '../../helpers/held.ts'
import { clockedCacheOf as cacheOf } from '../../helpers/templates.ts'

/** Copies a page, which is valid during the call only. */
function copied(page: ObservedPage) {
  const { template, route, method, status, stored, reason, trips, valueTrips, runs, waits } = page
  const { duration, fetchTime, loadTime, renderTime } = page
  const fragments = page.fragments.map((fragment) => {
    const { name, key, line, state, joined, bytes, cost, tags } = fragment
    const age = fragment.writtenAt && page.storeTime - fragment.writtenAt
    return {
      name,
      key,
      template: fragment.template,
      line,
      state,
      joined,
      bytes,
      cost,
      age,
      tags: [...tags],
      reason: fragment.reason,
    }
  })
  return {
    ...{ template, route, method, status, stored, reason, trips, valueTrips, runs, waits },
    ...{ duration, fetchTime, loadTime, renderTime, fragments },
  }
}

function observerOf() {
  const pages: ReturnType<typeof copied>[] = []
  const trips: ObservedTrip[] = []
  const events: string[] = []
  const observer: CacheObserver = {
    page: (page) => pages.push(copied(page)),
    trip: (trip) => trips.push({ ...trip }),
    event: (event) => events.push(event.type),
  }
  return { observer, pages, trips, events }
}

const PAGE = '{% cache "a", tags=["t"] %}{{ rows }}{% endcache %}<hr>{% cache "b" %}b{% endcache %}'

describe('a page', () => {
  test('is seen once, with each of its fragments', async () => {
    const { cache, clock, html } = cacheOf({ page: PAGE })
    const { observer, pages } = observerOf()
    cache.observe(observer)
    const rows = () =>
      lazy(async () => {
        clock.advance(30)
        return 'rows'
      })
    await html({ rows: rows() })
    clock.advance(1000)
    await html({ rows: rows() })
    expect(pages.length).toBe(2)
    const [cold, warm] = pages as [ReturnType<typeof copied>, ReturnType<typeof copied>]
    expect(cold).toMatchObject({
      ...{ template: 'page', route: undefined, method: undefined, status: undefined, stored: true },
      ...{
        trips: 2,
        valueTrips: 0,
        runs: 1,
        waits: 0,
        duration: 30,
        loadTime: 30,
        renderTime: 0,
        fetchTime: 0,
      },
    })
    expect(cold.fragments).toMatchObject([
      {
        name: 'a',
        template: 'page',
        line: 1,
        state: 'miss',
        reason: 'absent',
        bytes: 4,
        cost: 30,
        tags: ['t'],
      },
      { name: 'b', state: 'miss', bytes: 1, cost: 0, age: undefined, tags: [] },
    ])
    expect(warm).toMatchObject({ trips: 1, duration: 0, loadTime: 0 })
    expect(warm.fragments).toMatchObject([
      { name: 'a', state: 'hit', reason: undefined, joined: false, bytes: 4, cost: 30 },
      { name: 'b', state: 'hit', bytes: 1, cost: 0 },
    ])
    // The estimate of the store's time is low by a tick.
    for (const { age } of warm.fragments) expect(Math.abs((age as number) - 1000)).toBeLessThanOrEqual(1)
  })

  test('of several renders is seen once, with the template of the first', async () => {
    const { cache, clock } = cacheOf({
      one: '{% cache "a" %}a{% endcache %}',
      two: '{% cache "b" %}b{% endcache %}',
    })
    const { observer, pages } = observerOf()
    cache.observe(observer)
    const page = cache.open()
    await page.render('one')
    clock.advance(50)
    await page.render('two')
    expect(pages).toEqual([])
    await page.writeBack()
    await page.writeBack()
    expect(pages).toMatchObject([{ template: 'one', runs: 2, trips: 2, duration: 0 }])
    expect(pages[0]?.fragments.map(({ name }) => name)).toEqual(['a', 'b'])
  })

  test('that renders nothing is not seen; one whose response is not stored is, with the reason', async () => {
    const { cache } = cacheOf(PAGE)
    const { observer, pages } = observerOf()
    cache.observe(observer)
    cache.open().discard('status 500')
    const page = cache.open()
    await page.render('page')
    page.discard('status 404')
    expect(pages).toMatchObject([{ stored: false, reason: 'status 404' }])
  })

  test('with bypass says so', async () => {
    const { cache, html } = cacheOf(PAGE, { bypass: () => 'both' })
    const { observer, pages } = observerOf()
    cache.observe(observer)
    await html()
    expect(pages).toMatchObject([{ stored: false, reason: 'bypass', trips: 0 }])
    expect(pages[0]?.fragments.map(({ reason }) => reason)).toEqual(['bypassed', 'bypassed'])
  })

  test('counts its time without the time of fragments inside others twice', async () => {
    const { cache, clock, html } = cacheOf(
      '{% cache "out" %}{{ wait(10) }}{% cache "in" %}{{ wait(5) }}{% endcache %}{% endcache %}',
    )
    const { observer, pages } = observerOf()
    cache.observe(observer)
    const wait = (ms: number) => {
      clock.advance(ms)
      return ''
    }
    await html({ wait: (ms: number) => `${wait(ms)}.` })
    await html({ wait })
    const [cold, warm] = pages as [ReturnType<typeof copied>, ReturnType<typeof copied>]
    expect(cold.renderTime).toBe(15)
    expect(cold.fragments.map(({ name, cost }) => [name, cost])).toEqual([
      ['out', 10],
      ['in', 5],
    ])
    // The entry of the outer one has both.
    expect(warm.fragments.map(({ name, cost }) => [name, cost])).toEqual([['out', 15]])
  })

  test('that waits for another page counts what it waited for', async () => {
    const { cache } = cacheOf(PAGE)
    const { observer, pages } = observerOf()
    cache.observe(observer)
    const { call, called, release } = held<string>()
    const leader = cache.render('page', { rows: lazy(call) })
    await called
    const waiting = cache.render('page', { rows: lazy(async () => 'other') })
    release('rows')
    const { body } = await waiting
    await leader
    expect(body.toString()).toBe('rows<hr>b')
    await cache.settled()
    expect(pages.map(({ waits }) => waits).sort()).toEqual([0, 2])
    const joined = pages.find(({ waits }) => waits === 2)
    expect(joined?.fragments.map(({ state, joined }) => [state, joined])).toEqual([
      ['hit', true],
      ['hit', true],
    ])
  })

  test('counts round trips for values apart from its own', async () => {
    const { cache } = cacheOf(PAGE)
    const { observer, pages, trips } = observerOf()
    cache.observe(observer)
    await cache.values.set('menu', 1)
    trips.length = 0
    const page = cache.open({ request: {} })
    await page.run(() => cache.values.get('menu'))
    await page.render('page')
    await page.writeBack()
    expect(pages).toMatchObject([{ trips: 2, valueTrips: 1 }])
    expect(trips.map(({ kind }) => kind)).toEqual(['values', 'fetch', 'tags', 'write'])
  })
})

describe('a round trip', () => {
  test('is seen with its kind, keys and duration', async () => {
    const { cache, clock, html } = cacheOf(PAGE)
    const { observer, trips } = observerOf()
    cache.observe(observer)
    await html({ rows: 'rows' })
    expect(trips).toEqual([
      { kind: 'fetch', keys: 3, duration: 0, failed: false },
      { kind: 'tags', keys: 1, duration: 0, failed: false },
      { kind: 'write', keys: 2, duration: 0, failed: false },
    ])
    trips.length = 0
    await cache.invalidate('t', 'u')
    await cache.delete('a')
    await clock.until(cache.clear())
    expect(trips).toMatchObject([
      { kind: 'tags', keys: 2 },
      { kind: 'delete', keys: 1 },
      { kind: 'delete', keys: 0 },
    ])
  })

  test('that fails, or takes long, says so', async () => {
    const store = memoryStore()
    const broken = { ...storeMethods(store), capabilities: { ...store.capabilities, shared: true } }
    const { cache, clock } = cacheOf(PAGE, { store: broken })
    await cache.render('page')
    await cache.settled()
    const { observer, trips } = observerOf()
    cache.observe(observer)
    broken.getMany = async () => {
      clock.advance(20)
      throw new Error('gone')
    }
    await cache.render('page')
    expect(trips).toContainEqual({ kind: 'fetch', keys: 3, duration: 20, failed: true })
  })
})

function storeMethods(store: ReturnType<typeof memoryStore>) {
  return {
    getMany: (keys: readonly string[]): Promise<(Buffer | null | Error)[]> => store.getMany(keys),
    stampMany: store.stampMany.bind(store),
    setMany: store.setMany.bind(store),
    touchMany: store.touchMany.bind(store),
    deleteMany: store.deleteMany.bind(store),
    clear: store.clear.bind(store),
    clock: store.clock.bind(store),
    close: store.close.bind(store),
  }
}

describe('events', () => {
  test('are those that no hit causes, also where nobody listens to all events', async () => {
    const { cache, html } = cacheOf({ page: `${PAGE}{% cache "c", if=false %}c{% endcache %}` })
    const { observer, events } = observerOf()
    cache.observe(observer)
    await html({ rows: 'rows' })
    await html({ rows: 'rows' })
    await cache.invalidate('t')
    await cache.delete('b')
    expect(events).toEqual(['skip', 'write', 'write', 'skip', 'invalidate', 'delete'])
  })
})

describe('observers', () => {
  test('an observer that throws, or rejects, disturbs neither the page nor the others', async () => {
    const { cache, html } = cacheOf(PAGE)
    const { observer, pages, trips, events } = observerOf()
    const boom = () => {
      throw new Error('boom')
    }
    cache.observe({ page: boom, trip: boom, event: boom })
    cache.observe({ page: async () => boom(), trip: async () => boom(), event: async () => boom() })
    cache.observe(observer)
    expect(await html({ rows: 'rows' })).toBe('rows<hr>b')
    expect([pages.length, trips.length, events.length]).toEqual([1, 3, 2])
  })

  test('one that is added twice is called twice; each is removed by its own function, also twice', async () => {
    const { cache, html } = cacheOf(PAGE)
    const page = vi.fn()
    const [first, second] = [cache.observe({ page }), cache.observe({ page })]
    await html()
    expect(page).toHaveBeenCalledTimes(2)
    first()
    first()
    await html()
    expect(page).toHaveBeenCalledTimes(3)
    second()
    await html()
    expect(page).toHaveBeenCalledTimes(3)
  })

  test('one that removes itself while it is called keeps no other from being called', async () => {
    const { cache, html } = cacheOf(PAGE)
    const calls: string[] = []
    const stop = cache.observe({
      page: () => {
        calls.push('first')
        stop()
      },
    })
    cache.observe({ page: () => calls.push('second') })
    await html()
    await html()
    expect(calls).toEqual(['first', 'second', 'second'])
  })

  test('methods are those that it had when it was added, called on it', async () => {
    const { cache, html } = cacheOf(PAGE)
    class Counting implements CacheObserver {
      count = 0
      page(): void {
        this.count++
      }
    }
    const counting = new Counting()
    cache.observe(counting)
    counting.page = () => {
      throw new Error('replaced')
    }
    await html()
    expect(counting.count).toBe(1)
  })

  test('a cache that is closed calls none any more, and takes one', async () => {
    const { cache, html } = cacheOf(PAGE)
    const { observer, pages } = observerOf()
    await html()
    await cache.close()
    cache.observe(observer)()
    await expect(html()).rejects.toThrow('close')
    expect(pages).toEqual([])
  })

  test.each([
    ['nothing', undefined, 'must be an object'],
    ['a function', () => {}, 'must be an object'],
    ['an object without methods', {}, 'it has none'],
    ['a wrong name', { pages: () => {} }, 'it has pages'],
    ['a method that is none', { page: 'x' }, 'The member page of the observer is not a function'],
  ])('%s is refused', (_what, observer, message) => {
    const { cache } = cacheOf(PAGE)
    expect(() => cache.observe(observer as CacheObserver)).toThrow(OptionError)
    expect(() => cache.observe(observer as CacheObserver)).toThrow(message)
  })
})
