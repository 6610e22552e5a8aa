import { fragmentLabel, missesOf, type Snapshot } from 'onetrip/metrics'
import { memoryStore } from 'onetrip/stores/memory'
import { expect, test } from 'vitest'
import { addSnapshot } from '../../src/metrics/add-snapshot.ts'
import { metrics } from '../../src/metrics/metrics.ts'
import { emptySnapshot } from '../../src/metrics/snapshot.ts'
import { clockedCacheOf } from '../helpers/templates.ts'
import { TestClock } from '../helpers/test-clock.ts'

const TEMPLATES = {
  film:
    '{% cache "title", film %}{{ film }}{% endcache %}' +
    '{% cache "similar", film, tags=["films"], ttl="20s" %}{% cache "stars", film, ttl="60s" %}s{% endcache %}{% endcache %}' +
    '{% cache "visitor", if=signedIn %}v{% endcache %}',
  home: '{% for film in films %}{% cache "card", film, tags=["films"] %}{{ film }}{% endcache %}{% endfor %}',
}

/** Numbers that the test adds up itself, of what each page says of its fragments. */
interface Counts {
  readonly hits: number
  readonly stale: number
  readonly misses: Record<string, number>
  readonly bytesServed: number
}

/** The same numbers for each run: Mulberry32. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

function numbersOf(snapshot: Snapshot): Record<string, Counts> {
  return Object.fromEntries(
    [...snapshot.fragments].map(([label, { hits, stale, misses, bytesServed }]) => [
      label,
      { hits, stale, misses: { ...misses }, bytesServed },
    ]),
  )
}

test('numbers are exactly what 1,500 pages say themselves, among invalidations, deletes and outages', async () => {
  const clock = new TestClock()
  const store = memoryStore({}, clock)
  const { cache, events } = clockedCacheOf(
    TEMPLATES,
    {
      store,
      staleWhileRevalidate: '5s',
      bypass: (request) => (request === 'bypass' ? 'read' : false),
      entries: { jitter: 0 },
    },
    clock,
  )
  const numbers = metrics(cache, { history: '1d' }, clock)
  const random = seeded(7)
  const pick = (count: number) => Math.floor(random() * count)
  const { getMany, getCopies } = store
  const expected: Record<
    string,
    { hits: number; stale: number; misses: Record<string, number>; bytesServed: number }
  > = {}
  const pages = { film: 0, home: 0 }
  let trips = 0
  for (let n = 0; n < 1500; n++) {
    const template = random() < 0.7 ? 'film' : 'home'
    const bypass = random() < 0.05
    const { fragments, trips: own } = await cache.render(
      template,
      { film: pick(5), films: Array.from({ length: pick(4) }, () => pick(5)), signedIn: random() < 0.3 },
      bypass ? { request: 'bypass' } : {},
    )
    await cache.settled()
    pages[template]++
    trips += own
    for (const { name, template, state, reason, bytes } of fragments) {
      const label = fragmentLabel(name, template)
      expected[label] ??= { hits: 0, stale: 0, misses: {}, bytesServed: 0 }
      const counts = expected[label]
      if (reason !== undefined) counts.misses[reason] = (counts.misses[reason] ?? 0) + 1
      else {
        counts[state === 'hit' ? 'hits' : 'stale']++
        counts.bytesServed += bytes
      }
    }
    const action = random()
    if (action < 0.05) await cache.invalidate('films')
    else if (action < 0.1) await cache.delete('title', pick(5))
    else if (action < 0.11) {
      store.getCopies = () => undefined
      store.getMany = () => Promise.reject(new Error('gone'))
    } else if (action < 0.3) Object.assign(store, { getMany, getCopies })
    clock.advance(pick(2000))
  }
  Object.assign(store, { getMany, getCopies })
  const snapshot = numbers.snapshot()
  expect(Object.keys(numbersOf(snapshot)).length).toBe(5)
  expect(numbersOf(snapshot)).toEqual(expected)
  expect(snapshot).toMatchObject({ pages: 1500, trips, valueTrips: 0 })
  const count = (type: string) => events.filter((event) => event.type === type).length
  const sum = (of: 'writes' | 'skips') =>
    [...snapshot.fragments.values()].reduce((total, numbers) => total + numbers[of], 0)
  expect([sum('writes'), sum('skips'), snapshot.deletes]).toEqual([
    count('write'),
    count('skip'),
    count('delete'),
  ])
  expect(snapshot.tags.get('films')).toEqual({ invalidations: count('invalidate') })
  expect([...snapshot.errors.values()].reduce((one, other) => one + other, 0)).toBe(count('error'))
  // The pages of the templates, and all minutes together, are the same numbers once more.
  const misses = [...snapshot.fragments.values()].reduce((total, numbers) => total + missesOf(numbers), 0)
  const templates = [...snapshot.templates].map(([name, route]) => [name, route.pages])
  expect(Object.fromEntries(templates)).toEqual(pages)
  expect([...snapshot.templates.values()].reduce((total, route) => total + route.misses, 0)).toBe(misses)
  const all = emptySnapshot()
  const begin = snapshot.from
  for (const minute of await numbers.series({ step: 'minute', from: begin, to: clock.wall() + 1 }))
    addSnapshot(all, minute)
  expect(numbersOf(all)).toEqual(expected)
  expect(numbersOf(await numbers.totals({ from: begin }))).toEqual(expected)
  await numbers.close()
})
