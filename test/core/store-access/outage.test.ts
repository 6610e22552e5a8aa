import { ClosedError, type FragmentCacheOptions, OptionError, StoreError } from 'onetrip'
import { memoryStore } from 'onetrip/stores/memory'
import { describe, expect, test, vi } from 'vitest'
import { type Clock, nextTurn, processClock, sleep } from '../../../src/clock.ts'
import type { Store } from '../../../src/stores/store.ts'
import { cacheOf, clockedCacheOf, told } from '../../helpers/templates.ts'
import { TestClock } from '../../helpers/test-clock.ts'

/** A store whose calls fail, or are never answered, for as long as a test says. */
function fallibleStore(clock: Clock = processClock): Store & {
  state: 'well' | 'fails' | 'hangs' | 'read only'
  reads: number
  readonly behind: Store
} {
  const store = memoryStore({}, clock)
  const wrap =
    (call: (...args: never[]) => Promise<unknown>, reads: boolean) =>
    (...args: never[]) => {
      if (reads) fallible.reads++
      if (fallible.state === 'hangs') return new Promise(() => {})
      const failing = fallible.state === 'fails' || (fallible.state === 'read only' && !reads)
      return failing ? Promise.reject(new Error('ECONNREFUSED')) : call.apply(store, args)
    }
  const fallible = {
    state: 'well' as 'well' | 'fails' | 'hangs' | 'read only',
    reads: 0,
    behind: store,
    capabilities: store.capabilities,
    getMany: wrap(store.getMany, true),
    stampMany: wrap(store.stampMany, false),
    setMany: wrap(store.setMany, false),
    touchMany: wrap(store.touchMany, false),
    deleteMany: wrap(store.deleteMany, false),
    clock: () => store.clock(),
    clear: (prefix: string) => store.clear(prefix),
    close: () => store.close(),
  }
  return fallible as never
}

const PAGE = '{% cache "a", tags=["t"] %}{{ n }}{% endcache %}'

describe('the breaker', () => {
  test.each(['fails', 'hangs'] as const)(
    'a store that %s: the pages after the first pay nothing, and it is used again by itself',
    async (state) => {
      const clock = new TestClock()
      const store = fallibleStore(clock)
      const { html, cache, events } = clockedCacheOf(PAGE, { store, timeout: 50 }, clock)
      await html({ n: 1 })
      events.length = 0
      store.state = state
      expect(await clock.until(html({ n: 2 }))).toBe('2')
      // The probe, too, finds it so.
      clock.advance(60)
      await nextTurn()
      const { reads } = store
      // The clock stands still: a page that waited for the store would never end.
      for (let n = 0; n < 100; n++) expect((await cache.render('page', { n })).body.toString()).toBe(`${n}`)
      expect(store.reads).toBe(reads)
      expect(told(events, 'breaker', 'error')).toEqual([
        'breaker open',
        expect.stringMatching(/^error Store/),
      ])
      store.state = 'well'
      await clock.until(() => told(events, 'breaker').length > 1)
      expect(await html({ n: 3 })).toBe('1')
      expect(told(events, 'breaker')).toEqual(['breaker open', 'breaker closed'])
      await cache.close()
    },
  )

  test('a moment of slowness is over with the next answer', async () => {
    const clock = new TestClock()
    const store = fallibleStore(clock)
    const { html, events } = clockedCacheOf(PAGE, { store, timeout: 30 }, clock)
    await html({ n: 1 })
    const { reads } = store
    store.state = 'hangs'
    const page = html({ n: 2 })
    await expect.poll(() => store.reads).toBe(reads + 1)
    store.state = 'well'
    clock.advance(30)
    expect(await page).toBe('2')
    // By the first probe, which is made at once.
    await expect.poll(() => told(events, 'breaker')).toEqual(['breaker open', 'breaker closed'])
    expect(await html({ n: 3 })).toBe('1')
  })

  test('opens after as many failures as it says, or never', async () => {
    for (const [breaker, opened] of [
      [{ failures: 3 }, [0, 0, 1]],
      [false, [0, 0, 0]],
    ] as const) {
      const store = fallibleStore()
      const { html, events } = cacheOf(PAGE, { store, breaker })
      store.state = 'fails'
      for (const count of opened) {
        await html({ n: 1 })
        expect(told(events, 'breaker').length).toBe(count)
      }
    }
  })

  test('all trips of a page share one time limit', async () => {
    const clock = new TestClock()
    const store = fallibleStore(clock)
    const inner = '{% cache "b", n %}{% cache "c", n %}{{ n }}{% endcache %}{% endcache %}'
    const page = `{% cache "a", n %}${inner}{% endcache %}`
    const { cache } = clockedCacheOf(page, { store, timeout: 60, breaker: false }, clock)
    await cache.render('page', { n: 0 })
    const { getMany } = store
    store.getMany = async (keys) => {
      await sleep(40, clock)
      return getMany.call(store, keys)
    }
    const begun = clock.now()
    const { body, fragments } = await clock.until(cache.render('page', { n: 1 }), 1)
    expect(body.toString()).toBe('1')
    expect(clock.now() - begun).toBeGreaterThanOrEqual(60)
    expect(clock.now() - begun).toBeLessThan(80)
    expect(fragments.map(({ reason }) => reason)).toEqual(['absent', 'store error', 'store error'])
  })

  test.each([
    [
      { breaker: true },
      /option breaker must be false, or an object such as \{ failures: 3, retryAfter: '1s' \}, not true/,
    ],
    [{ breaker: { failures: 0 } }, /breaker\.failures must be a whole number of at least 1/],
    [{ breaker: { after: 1 } }, /has no "after"/],
    [{ singleFlight: 'redis' }, /singleFlight\.mode must be 'off', 'process' or 'store', not 'redis'/],
    [{ limits: { maxEntryBytes: 0 } }, /option limits\.maxEntryBytes/],
  ])('options are checked at the door: %j', (options, message) => {
    expect(() => cacheOf('', options as never)).toThrow(message)
    expect(() => cacheOf('', options as never)).toThrow(OptionError)
  })
})

describe('an invalidation that the store does not apply', () => {
  test('waits for the store, and resolves when it is applied', async () => {
    const clock = new TestClock()
    const store = fallibleStore(clock)
    const { html, cache, events } = clockedCacheOf(PAGE, { store }, clock)
    await html({ n: 1 })
    store.state = 'read only'
    const invalidated = cache.invalidate('t')
    await expect.poll(() => told(events, 'error').length).toBe(1)
    // This process knows of it already: it shows and stores nothing that it covers.
    expect(await html({ n: 2 })).toBe('2')
    store.state = 'well'
    await clock.until(invalidated)
    clock.advance(5)
    expect(await html({ n: 3 })).toBe('3')
    expect(await html({ n: 4 })).toBe('3')
  })

  test('rejects after invalidateTimeout, and is applied later all the same', async () => {
    const clock = new TestClock()
    const store = fallibleStore(clock)
    const { html, cache, events } = clockedCacheOf(PAGE, { store, limits: { invalidateTimeout: 30 } }, clock)
    const other = clockedCacheOf(PAGE, { store: store.behind }, clock)
    await html({ n: 1 })
    store.state = 'read only'
    await expect(clock.until(cache.invalidate('t'))).rejects.toThrow(
      /Not applied within 30 ms.*it will be, once the store answers: .*ECONNREFUSED/,
    )
    await expect(clock.until(cache.delete('a'))).rejects.toThrow(StoreError)
    expect(await other.html({ n: 2 })).toBe('1')
    store.state = 'well'
    await clock.until(async () => (await other.html({ n: 3 })) === '3')
    clock.advance(5)
    expect(await html({ n: 4 })).toMatch(/[34]/)
    expect(told(events, 'error').length).toBeGreaterThan(1)
  })

  test('is tried once more by close(), and a loss is reported', async () => {
    for (const [state, lost] of [
      ['well', 0],
      ['fails', 1],
    ] as const) {
      const clock = new TestClock()
      const store = fallibleStore(clock)
      const { cache, events } = clockedCacheOf(PAGE, { store }, clock)
      store.state = 'fails'
      const invalidated = cache.invalidate('t').then(
        () => 'applied',
        (error) => error,
      )
      await expect.poll(() => told(events, 'error').length).toBe(1)
      store.state = state
      await cache.close()
      expect(events.filter((event) => event.type === 'error' && event.during === 'close').length).toBe(lost)
      if (lost) expect(await invalidated).toBeInstanceOf(ClosedError)
    }
  })
})

describe('an entry whose write failed', () => {
  const KEYED = '{% cache "a", k, tags=["t"] %}{{ n }}{% endcache %}'

  async function withFailedWrite(options: Partial<FragmentCacheOptions>) {
    const clock = new TestClock()
    const store = fallibleStore(clock)
    const made = clockedCacheOf(KEYED, { store, ...options }, clock)
    await made.html({ k: 'warm', n: 0 })
    store.state = 'read only'
    expect(await made.html({ k: 1, n: 1 })).toBe('1')
    made.events.length = 0
    return { store, ...made }
  }

  test('is forgotten: the next page stores its own', async () => {
    const { store, clock, html, events } = await withFailedWrite({})
    store.state = 'well'
    for (let n = 0; n < 100; n++) {
      clock.advance(100)
      await nextTurn()
    }
    expect(told(events)).toEqual([])
    expect(await html({ k: 1, n: 2 })).toBe('2')
  })
})

describe('limits', () => {
  test('an entry over maxEntryBytes is served and not stored', async () => {
    const { html, events } = cacheOf(PAGE, { limits: { maxEntryBytes: 1000 } })
    const long = 'x'.repeat(1000)
    expect(await html({ n: long })).toBe(long)
    expect(told(events, 'skip')[0]).toMatch(/its entry has \d+ bytes, more than maxEntryBytes \(1000\)/)
  })

  test('pending writes are bounded: the oldest is dropped, and an event reports it', async () => {
    const store = fallibleStore()
    const { cache, events } = cacheOf('{% cache "a", n %}{{ n }}{{ long }}{% endcache %}', {
      store,
      limits: { maxPendingBytes: 10_000 },
    })
    await cache.render('page', { n: -1, long: 'x' })
    await cache.settled()
    const setMany = vi.spyOn(store, 'setMany').mockImplementation(() => new Promise(() => {}))
    for (let n = 0; n < 30; n++) {
      await cache.render('page', { n, long: 'x'.repeat(1000) })
      // Each is written by itself, as long as that is allowed.
      await expect.poll(() => setMany.mock.calls.length).toBe(Math.min(n + 1, 16))
    }
    const dropped = () =>
      events.flatMap((event) => (event.type === 'error' && event.during === 'write back' ? event.keys : []))
    await expect.poll(() => dropped().length).toBeGreaterThanOrEqual(4)
    expect(setMany).toHaveBeenCalledTimes(16)
    expect(dropped()[0]).toContain('16')
  })
})

test('close() in the middle of an outage leaves no timer, twice is once, and use after it is clear', async () => {
  const clock = new TestClock()
  const store = fallibleStore(clock)
  const { cache, html } = clockedCacheOf(PAGE, { store, timeout: 100, limits: { closeTimeout: 100 } }, clock)
  await html({ n: 1 })
  store.state = 'hangs'
  await clock.until(cache.render('page', { n: 2 }))
  expect(clock.timers).toBeGreaterThan(0)
  await clock.until(Promise.all([cache.close(), cache.close()]))
  // But that of a probe that is under way, which does nothing more.
  clock.advance(100)
  expect(clock.timers).toBe(0)
  expect(() => cache.open()).toThrow(ClosedError)
  await expect(cache.invalidate('t')).rejects.toThrow(ClosedError)
})
