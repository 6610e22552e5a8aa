import type { NumbersReader } from '../../src/dashboard/sources.ts'
import { emptyFragment, emptyRoute, emptySnapshot, type Snapshot } from '../../src/metrics/snapshot.ts'

const STEPS = { second: 1000, minute: 60_000, hour: 3_600_000, day: 86_400_000 }

/** A name and a tag that break a page which does not escape them. */
export const HOSTILE_NAME = '<script>alert("name")</script>'
export const HOSTILE_TAG = `film:1" onmouseover='alert("tag")' <img src=x>`

/** Returns the numbers of one step of a shop: the same in each. */
export function stepOf(from: number, length: number): Snapshot {
  const snapshot = emptySnapshot()
  Object.assign(snapshot, { from, to: from + length, pages: 20, trips: 21, valueTrips: 1, waiters: 2 })
  for (const [name, hits] of [
    ['card', 95],
    ['menu', 20],
    [HOSTILE_NAME, 1],
  ] as const) {
    const fragment = emptyFragment()
    Object.assign(fragment, { hits, stale: 1, misses: { absent: 1, invalidated: 3 }, writes: 4 })
    Object.assign(fragment, { savedTime: hits * 4, lostTime: 12, bytesServed: hits * 900 })
    for (const time of [2000, 3000, 9000]) fragment.render.record(time)
    fragment.age.record(20_000)
    fragment.entryBytes.record(900)
    snapshot.fragments.set(`${name}\0film.njk`, fragment)
  }
  const route = emptyRoute()
  Object.assign(route, {
    pages: 20,
    hits: 116,
    stale: 3,
    misses: 12,
    lostTime: 36,
    savedTime: 464,
    trips: 22,
  })
  route.time.record(2000, 19)
  route.time.record(9000)
  snapshot.routes.set('/film/:slug', route)
  snapshot.templates.set('film.njk', route)
  snapshot.tags.set(HOSTILE_TAG, { invalidations: 2 })
  snapshot.tags.set('films', { invalidations: 1 })
  Object.assign(snapshot.trip.fetch, { count: 21, failed: 1, keys: 400 })
  snapshot.trip.fetch.time.record(500, 21)
  snapshot.errors.set('ERR_ONETRIP_STORE', 1)
  return snapshot
}

/** Numbers of a shop that was busy all the time, in one process. */
export function shopNumbers(now: () => number): NumbersReader {
  return {
    series: async ({ from, to, step }) => {
      const length = STEPS[step]
      const steps = Array.from({ length: Math.ceil((to - from) / length) }, (_, n) => from + n * length)
      return steps.map((begin) => stepOf(begin, length))
    },
    processes: async () => [{ id: 'web-1:12:a', pid: 12, host: 'web-1', seen: now() - 800, pages: 1200 }],
  }
}
