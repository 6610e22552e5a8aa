import { FragmentCache, lazy } from 'onetrip'
import { memoryStore } from 'onetrip/stores/memory'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { held } from '../../helpers/held.ts'
import { clockedCacheOf, engineOf, told } from '../../helpers/templates.ts'
import { turns } from '../../helpers/turns.ts'

/** Pages that wait for one another, and what is rendered behind them. */

const open: ReturnType<typeof clockedCacheOf>[] = []
afterEach(async () => {
  for (const { cache, clock } of open.splice(0)) {
    const closed = cache.close()
    // One whose render hangs is closed after a while.
    clock.advance(CLOSE_TIMEOUT)
    await closed
  }
})

const CLOSE_TIMEOUT = 5_000

/**
 * Time stands still but for what a test moves it on: who waits until `lockWait` waits for ever
 * elsewhere.
 */
function site(...args: Parameters<typeof clockedCacheOf>) {
  const made = clockedCacheOf(...args)
  open.push(made)
  return made
}

test('a page does not wait for the slow query of a page whose quick fragment it joins', async () => {
  const { cache } = site({
    'home.njk': '{% cache "nav" %}nav{% endcache %} {% cache "slow" %}{{ query }}{% endcache %}',
    'about.njk': '{% include "nav.njk" %}',
    'nav.njk': '{% cache "nav" %}nav{% endcache %}',
    'home2.njk': '{% include "nav.njk" %} {% cache "slow" %}{{ query }}{% endcache %}',
  })
  const query = held<string>()
  const home = cache.render('home2.njk', { query: lazy(query.call) })
  await query.called
  expect(`${(await cache.render('about.njk')).body}`).toBe('nav')
  query.release('rows')
  expect(`${(await home).body}`).toBe('nav rows')
})

test('pages whose bodies use the text of each other’s fragments do not wait for each other', async () => {
  const templates = {
    's.njk': '{% cache "s" %}{% set t %}{% include "v.njk" %}{% endset %}{{ t | upper }}{% endcache %}',
    'r.njk': '{% cache "r" %}{% set t %}{% include "u.njk" %}{% endset %}{{ t | upper }}{% endcache %}',
    'u.njk': '{% cache "u" %}{{ u }}{% endcache %}',
    'v.njk': '{% cache "v" %}{{ v }}{% endcache %}',
    'a.njk':
      '{% cache "p" %}{% set t %}{% include "s.njk" %}{% endset %}{{ t | upper }}{% endcache %}{% include "r.njk" %}',
    'b.njk':
      '{% cache "x" %}{% set t %}{% include "r.njk" %}{% endset %}{{ t | upper }}{% endcache %}{% include "s.njk" %}',
  }
  const { cache } = site(templates)
  const slow = (text: string) => lazy(() => turns().then(() => text))
  const data = { u: slow('u'), v: slow('v') }
  const [a, b] = await Promise.all([cache.render('a.njk', data), cache.render('b.njk', data)])
  expect([`${a.body}`, `${b.body}`]).toEqual(['VU', 'UV'])
})

describe('a stale hit', () => {
  test('that a request passes by is rendered for it, and nothing breaks behind the page', async () => {
    let fresh = false
    const { cache, html, events, clock } = site(
      '{% cache "p", ttl="30s", stale="1h" %}{{ n }}{% endcache %}',
      {
        bypass: () => (fresh ? 'read' : false),
      },
    )
    await html({ n: 1 })
    clock.advance(40_000)
    fresh = true
    expect(await html({ n: 2 })).toBe('2')
    fresh = false
    clock.advance(40_000)
    expect(await html({ n: 3 })).toBe('2')
    expect(await html({ n: 4 })).toBe('3')
    expect(told(events, 'error')).toEqual([])
    await cache.settled()
  })

  test('is not refreshed for another locale than that of its key', async () => {
    const request = { locale: 'en' }
    const { cache, events, clock } = site(
      '{% cache "p", ttl="30s", stale="1h", vary=["locale"] %}{{ text() }}{% endcache %}',
      { vary: { locale: (of: { locale: string }) => of.locale } },
    )
    const text = () => (request.locale === 'en' ? 'english' : 'deutsch')
    await cache.render('page', { text }, { request })
    await cache.settled()
    clock.advance(40_000)
    const page = cache.open({ request })
    expect(`${(await page.render('page', { text })).body}`).toBe('english')
    request.locale = 'de'
    await page.writeBack()
    request.locale = 'en'
    expect(`${(await cache.render('page', { text }, { request })).body}`).toBe('english')
    expect(told(events, 'error')).toEqual(['error RenderError'])
    await cache.settled()
  })

  test('whose refresh hangs is refreshed by another page after maxRender', async () => {
    const { html, cache, clock } = site('{% cache "p", ttl="30s", stale="1h" %}{{ n }}{% endcache %}', {
      limits: { maxRender: '200s' },
    })
    const shown = async (n: number | Promise<never>) =>
      `${(await cache.render('page', { n: lazy(() => n) })).body}`
    expect(await html({ n: 1 })).toBe('1')
    clock.advance(40_000)
    expect(await shown(new Promise<never>(() => {}))).toBe('1')
    await turns()
    clock.advance(199_000)
    expect(await shown(2)).toBe('1')
    await turns()
    expect(await shown(2)).toBe('1')
    await turns()
    clock.advance(1_000)
    expect(await shown(3)).toBe('1')
    await turns()
    expect(await shown(4)).toBe('3')
  })

  test('that a crowd fails to render rests as long as for one', async () => {
    const { cache, clock } = site('{% cache "p", ttl="30s" %}{{ v }}{% endcache %}', { staleIfError: '1h' })
    let down = false
    let loads = 0
    const page = async () =>
      `${
        (
          await cache.render('page', {
            v: lazy(async () => {
              loads++
              await turns()
              if (down) throw new Error('down')
              return 'v'
            }),
          })
        ).body
      }`
    expect(await page()).toBe('v')
    await cache.settled()
    clock.advance(40_000)
    down = true
    await Promise.all(Array.from({ length: 10 }, page))
    const before = loads
    expect(await page()).toBe('v')
    expect(loads).toBe(before)
    clock.advance(1_100)
    expect(await page()).toBe('v')
    expect(loads).toBe(before + 1)
  })
})

test('durations of timers are bounded: beyond 24 days Node would fire at once', () => {
  for (const [name, options] of [
    ['timeout', { timeout: '30d' }],
    ['singleFlight.wait', { singleFlight: { wait: '30d' } }],
    ['singleFlight.lockTtl', { singleFlight: { lockTtl: '30d' } }],
    ['limits.closeTimeout', { limits: { closeTimeout: '30d' } }],
    ['limits.invalidateTimeout', { limits: { invalidateTimeout: '30d' } }],
  ] as const) {
    const make = () => new FragmentCache({ store: memoryStore(), engine: engineOf({}), ...options })
    expect(make).toThrow(`The option ${name} is '30d': it must be at most 24 days`)
  }
})

describe('a promise that a handler did not await, in production', () => {
  beforeEach(() => void vi.stubEnv('NODE_ENV', 'production'))
  afterEach(() => void vi.unstubAllEnvs())

  test.each([
    ['a Promise that is printed', '{{ v }}', () => Promise.resolve('rows'), '"v" is a Promise'],
    [
      'a Promise that is walked through',
      '{% for x in v %}{{ x }}{% endfor %}-',
      () => Promise.resolve([1]),
      '"v" is a Promise',
    ],
    [
      'a function that is printed',
      '{{ v }}',
      () => async function load() {},
      'it prints an async function, "load"',
    ],
    [
      'a Promise in a fragment inside',
      '{% cache "in" %}{{ v }}{% endcache %}',
      () => Promise.resolve(1),
      '"v" is a Promise',
    ],
  ])('%s is not kept', async (_, body, value, reason) => {
    const { html, events } = site(`{% cache "a" %}${body}{% endcache %}`)
    await html({ v: value() })
    expect(told(events, 'skip').join()).toContain(reason)
    events.length = 0
    expect(await html({ v: 'right' })).toContain(body.includes('for') ? 'r' : 'right')
    expect(told(events, 'hit')).toEqual([])
  })

  test('an invalidation that is not awaited does not end the process if the store fails; a wrong tag does', async () => {
    const unhandled: unknown[] = []
    const note = (error: unknown) => unhandled.push(error)
    const others = process.listeners('unhandledRejection')
    process.removeAllListeners('unhandledRejection').on('unhandledRejection', note)
    try {
      const store = memoryStore()
      const { cache, clock } = site('', { store, limits: { invalidateTimeout: 10 } })
      store.stampMany = () => Promise.reject(new Error('down'))
      void cache.invalidate('a')
      void cache.delete('card', 1)
      await turns()
      clock.advance(10)
      await turns()
      expect(unhandled).toEqual([])
      const refused = expect(cache.invalidate('a')).rejects.toThrow(/Not applied within 10 ms/)
      await turns()
      clock.advance(10)
      await refused
      void cache.invalidate(5 as never)
      await turns()
      expect(unhandled.length).toBeGreaterThan(0)
    } finally {
      process.removeAllListeners('unhandledRejection')
      for (const one of others) process.on('unhandledRejection', one)
    }
  })
})
