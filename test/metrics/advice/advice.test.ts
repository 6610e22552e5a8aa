import { readFileSync } from 'node:fs'
import {
  type Advice,
  advice,
  emptyFragment,
  emptyRoute,
  emptySnapshot,
  type FragmentNumbers,
  fragmentLabel,
  OTHER,
  type RouteNumbers,
  type Snapshot,
  THRESHOLDS,
} from 'onetrip/metrics'
import { describe, expect, test } from 'vitest'

const MINUTES = 10

interface Case {
  readonly fragment?: Partial<FragmentNumbers>
  readonly route?: Partial<RouteNumbers>
  /** Mean time of a round trip, in ms. */
  readonly trip?: number
  readonly tags?: Record<string, number>
  readonly minutes?: number
}

/** Numbers of ten minutes, of one fragment and one route. */
function snapshotOf({ fragment, route, trip = 1, tags = {}, minutes = MINUTES }: Case): Snapshot {
  const snapshot = emptySnapshot()
  snapshot.from = 1_000_000
  snapshot.to = 1_000_000 + minutes * 60_000
  if (fragment)
    snapshot.fragments.set(fragmentLabel('similar', 'film.njk'), { ...emptyFragment(), ...fragment })
  if (route) snapshot.routes.set('/film/:slug', { ...emptyRoute(), ...route })
  if (trip > 0) snapshot.trip.fetch.time.record(trip * 1000)
  for (const [tag, invalidations] of Object.entries(tags)) snapshot.tags.set(tag, { invalidations })
  return snapshot
}

/** Numbers of a route with the mean of each page, in ms. */
function routeOf(pages: number, means: { time: number; saved?: number; lost?: number; trips?: number }) {
  const route = emptyRoute()
  route.pages = pages
  route.time.record(means.time * 1000, pages)
  const { saved = 0, lost = 0, trips = 1 } = means
  Object.assign(route, { savedTime: saved * pages, lostTime: lost * pages, trips: trips * pages })
  return route
}

function only(found: readonly Advice[]): Advice {
  expect(found).toHaveLength(1)
  return found[0] as Advice
}

/** A fragment that is as it should be. */
const GOOD: Partial<FragmentNumbers> = {
  hits: 900,
  misses: { absent: 50, expired: 50 },
  writes: 100,
  lostTime: 100 * 20,
  bytesServed: 900 * 5_000,
}

describe('what is as it should be says nothing', () => {
  test.each<[string, Case]>([
    ['no numbers', {}],
    ['a good fragment', { fragment: GOOD }],
    [
      'numbers of half a minute',
      { fragment: { ...GOOD, hits: 0, misses: { invalidated: 1000 } }, minutes: 0.5 },
    ],
    [
      'a fragment that was asked for 99 times',
      { fragment: { misses: { invalidated: 99 }, lostTime: 9_000 } },
    ],
    [
      'a fragment that is invalidated, and costs next to nothing',
      { fragment: { hits: 500, misses: { invalidated: 500 }, lostTime: 250 } },
    ],
    [
      'a fragment that is invalidated 29 times of 100',
      { fragment: { hits: 710, misses: { invalidated: 290 }, lostTime: 290 * 50 } },
    ],
    [
      'a fragment whose if= is false for most',
      { fragment: { hits: 100, misses: { skipped: 5_000 }, skips: 5_000, lostTime: 5_100 * 20 } },
    ],
    [
      'requests that bypass the cache',
      { fragment: { hits: 900, misses: { bypassed: 5_000 }, skips: 5_000, lostTime: 5_000 * 20 } },
    ],
    [
      'a fragment that shows stale entries, and refreshes them',
      { fragment: { hits: 10, stale: 900, misses: { expired: 90 }, writes: 990, lostTime: 90 * 20 } },
    ],
    ['a fragment of 90 KB', { fragment: { ...GOOD, bytesServed: 900 * 90 * 1024 } }],
    ['pages of one trip', { route: routeOf(1_000, { time: 10, saved: 50, trips: 1.2 }) }],
    ['pages that take long in their misses', { route: routeOf(1_000, { time: 100, saved: 50, lost: 90 }) }],
    ['pages of copies in memory', { route: routeOf(1_000, { time: 2, saved: 0.1, trips: 0 }) }],
    ['99 slow pages', { route: routeOf(99, { time: 500, saved: 50 }) }],
  ])('%s', (_, numbers) => {
    expect(advice(snapshotOf(numbers))).toEqual([])
  })

  test('numbers beyond the limit of labels are of many fragments', () => {
    const snapshot = snapshotOf({ fragment: GOOD })
    const bad = { ...emptyFragment(), misses: { invalidated: 5_000 }, lostTime: 500_000 }
    snapshot.fragments.set(OTHER, bad)
    snapshot.routes.set(OTHER, routeOf(1_000, { time: 500 }))
    expect(advice(snapshot)).toEqual([])
  })
})

describe('a fragment', () => {
  const INVALIDATED: Case = {
    fragment: { hits: 200, misses: { invalidated: 400 }, writes: 400, lostTime: 400 * 180 },
    tags: { films: 450, 'film:7': 3 },
  }

  test('that is invalidated often, by one of its own tags', () => {
    const tagsOf = () => ['films', 'film:7']
    const one = only(advice(snapshotOf(INVALIDATED), { tagsOf }))
    expect(one).toMatchObject({ kind: 'invalidated often', fragment: 'similar', template: 'film.njk' })
    expect(one.text).toBe(
      '`similar` (film.njk) costs 180 ms a miss, and is invalidated 40 times a minute, 67 % of the times it is asked for, ' +
        'by its tag `films` (45 times a minute): give it a narrower one.',
    )
    expect(one.numbers).toMatchObject({ cost: 180, perMinute: 40 })
    expect(one.weight).toBe(40 * 180)
  })

  test('that is invalidated often, where its tags are not known, or are not those', () => {
    expect(only(advice(snapshotOf(INVALIDATED))).text).toContain(
      'The tag `films` is invalidated 45 times a minute: if',
    )
    const others = () => ['actors']
    expect(only(advice(snapshotOf(INVALIDATED), { tagsOf: others })).text).toMatch(
      /asked for: give it narrower tags\.$/,
    )
  })

  test.each<[Advice['kind'], Partial<FragmentNumbers>, RegExp]>([
    [
      'ttl too short',
      { hits: 100, misses: { expired: 200 }, writes: 200, lostTime: 200 * 30 },
      /has expired 67 % of the times it is asked for, and costs 30 ms a miss: give it a longer ttl/,
    ],
    [
      'too many variants',
      { hits: 100, misses: { absent: 900 }, writes: 900, lostTime: 900 * 30 },
      /finds nothing under its key 90 % of the times .* key has too many values/,
    ],
    [
      'never stored',
      { misses: { absent: 500 }, skips: 500, lostTime: 500 * 30 },
      /was rendered 500 times, and 100 % of them it was not stored\. The event "skip" says why/,
    ],
    [
      'hardly ever a hit',
      { hits: 10, misses: { 'template changed': 690, absent: 300 }, writes: 900, lostTime: 990 * 30 },
      /is a hit 1 % of the times it is asked for\. Reasons .*: template changed \(70 %\), absent \(30 %\)/,
    ],
    [
      'not worth a trip',
      { hits: 900, misses: { absent: 100 }, writes: 100, lostTime: 100 * 0.05 },
      /takes 0\.05 ms to render, and a round trip 1 ms/,
    ],
    ['too large', { ...GOOD, bytesServed: 900 * 300 * 1024 }, /has 300 KB on average/],
  ])('%s', (kind, fragment, text) => {
    const one = only(advice(snapshotOf({ fragment })))
    expect(one.kind).toBe(kind)
    expect(one.text).toMatch(text)
  })

  test('is not compared with a trip that nobody has made', () => {
    const fragment = { hits: 900, misses: { absent: 100 }, writes: 100, lostTime: 100 * 0.05 }
    expect(advice(snapshotOf({ fragment, trip: 0 }))).toEqual([])
    expect(advice(snapshotOf({ fragment, trip: 0.02 }))).toEqual([])
  })
})

describe('pages', () => {
  test.each<[Advice['kind'], RouteNumbers, RegExp]>([
    [
      'several trips',
      routeOf(1_000, { time: 10, saved: 50, trips: 2.3 }),
      /^Pages of `\/film\/:slug` take 2\.3 round trips on average, of 1 ms each/,
    ],
    [
      'costs more than it saves',
      routeOf(1_000, { time: 2, saved: 0.2 }),
      /wait 1 ms for the store, and their hits save 0\.2 ms of render time/,
    ],
    [
      'uncached time',
      routeOf(1_000, { time: 80, saved: 50, lost: 17 }),
      /take 80 ms, and 62 ms of it \(7[78] %\) outside of fragments/,
    ],
  ])('%s', (kind, route, text) => {
    const one = only(advice(snapshotOf({ route })))
    expect(one).toMatchObject({ kind, route: '/film/:slug' })
    expect(one).not.toHaveProperty('fragment')
    expect(one.text).toMatch(text)
  })

  test('are those of templates where there is no route', () => {
    const snapshot = snapshotOf({})
    snapshot.templates.set('home.njk', routeOf(1_000, { time: 80, saved: 50 }))
    expect(only(advice(snapshot))).toMatchObject({ kind: 'uncached time', template: 'home.njk' })
  })
})

test('the heaviest comes first', () => {
  const snapshot = snapshotOf({
    fragment: { hits: 100, misses: { expired: 200 }, writes: 200, lostTime: 200 * 30 },
    route: routeOf(1_000, { time: 80, saved: 50 }),
  })
  const found = advice(snapshot)
  expect(found.map(({ kind }) => kind)).toEqual(['uncached time', 'ttl too short'])
})

test('docs/observability.md has every threshold', () => {
  const docs = readFileSync(new URL('../../../docs/observability.md', import.meta.url), 'utf8')
  const rows = [...docs.matchAll(/^\| `(\w+)` \| ([\d.]+) \|/gm)].map(([, name, value]) => [
    name,
    Number(value),
  ])
  expect(Object.fromEntries(rows)).toEqual(THRESHOLDS)
})
