import {
  addSnapshot,
  decodeSnapshot,
  emptySnapshot,
  encodeSnapshot,
  fragmentLabel,
  LABEL_LIMITS,
  labelParts,
  missesOf,
  OTHER,
  type Snapshot,
} from 'onetrip/metrics'
import { describe, expect, it } from 'vitest'
import { emptyFragment, emptyRoute } from '../../src/metrics/snapshot.ts'

/** Returns a snapshot in which every number is another one, beginning at `n`. */
function filled(n = 1): Snapshot {
  const snapshot = emptySnapshot()
  Object.assign(snapshot, { from: 1000 * n, to: 1000 * n + 999, pages: n, trips: n + 1, valueTrips: n + 2 })
  Object.assign(snapshot, { waiters: n + 3, breakerOpened: n + 4, deletes: n + 5, clears: n + 6 })
  snapshot.tiers = { hits: n + 7, misses: n + 8 }
  const fragment = emptyFragment()
  Object.assign(fragment, { hits: n + 9, stale: n + 10, joined: n + 11, writes: n + 12, skips: n + 13 })
  Object.assign(fragment, {
    bytesServed: n + 14,
    bytesWritten: n + 15,
    savedTime: n + 0.125,
    lostTime: n + 0.25,
  })
  fragment.misses = { absent: n + 16, 'template changed': n + 17 }
  for (const histogram of [fragment.render, fragment.load, fragment.age, fragment.entryBytes])
    histogram.record(n * 100)
  snapshot.fragments.set(fragmentLabel('price', 'film.njk'), fragment)
  const route = { ...emptyRoute(), pages: n + 18, hits: n + 19, stale: n + 20, misses: n + 21, trips: n + 22 }
  route.time.record(n * 1000)
  snapshot.routes.set('/film/:slug', { ...route, lostTime: n + 0.5, savedTime: n + 0.75 })
  snapshot.templates.set('film.njk', { ...emptyRoute(), pages: n + 23 })
  snapshot.tags.set('films', { invalidations: n + 24 })
  snapshot.errors.set('ERR_ONETRIP_STORE', n + 25)
  snapshot.trip.fetch = { ...snapshot.trip.fetch, count: n + 26, failed: n + 27, keys: n + 28 }
  snapshot.trip.fetch.time.record(n * 10)
  return snapshot
}

describe('an encoded snapshot', () => {
  it('is read as it was written', () => {
    const snapshot = filled()
    snapshot.breaker = 'open'
    const read = decodeSnapshot(encodeSnapshot(snapshot))
    expect(read && encodeSnapshot(read)).toBe(encodeSnapshot(snapshot))
    expect(read).toMatchObject({ from: 1000, to: 1999, pages: 1, breaker: 'open', deletes: 6, clears: 7 })
    expect(read?.tiers).toEqual({ hits: 8, misses: 9 })
    const fragment = read?.fragments.get(fragmentLabel('price', 'film.njk'))
    expect(fragment).toMatchObject({
      hits: 10,
      savedTime: 1.125,
      misses: { absent: 17, 'template changed': 18 },
    })
    expect(fragment?.age).toMatchObject({ count: 1, sum: 100 })
    expect(read?.routes.get('/film/:slug')).toMatchObject({ pages: 19, lostTime: 1.5, savedTime: 1.75 })
    expect(read?.tags.get('films')).toEqual({ invalidations: 25 })
    expect(read?.errors.get('ERR_ONETRIP_STORE')).toBe(26)
    expect(read?.trip.fetch).toMatchObject({ count: 27, failed: 28, keys: 29 })
  })

  it('of nothing is small', () => {
    expect(encodeSnapshot(emptySnapshot()).length).toBeLessThan(150)
  })

  it.each([
    ['nothing', ''],
    ['no JSON', '[1,'],
    ['an object', '{}'],
    ['a later version', encodeSnapshot(filled()).replace(/^\[1/, '[2')],
    ['cut off fields', '[1,[1,2,3]]'],
    ['a negative number', encodeSnapshot(filled()).replace('[1000,', '[-1000,')],
    ['null for a number', encodeSnapshot(filled()).replace('[1000,', '[null,')],
    ['a histogram that is none', encodeSnapshot(filled()).replace('"57:1"', '"x:1"')],
    ['a count of misses that is none', encodeSnapshot(filled()).replace('"absent":17', '"absent":"a"')],
  ])('with %s is not read', (_what, text) => {
    expect(decodeSnapshot(text)).toBeUndefined()
  })

  it('with a reason or a label from a later version, or of any name, is read', () => {
    const text = encodeSnapshot(filled()).replace('absent', '__proto__').replace('film.njk', '__proto__')
    const read = decodeSnapshot(text)
    expect(read && encodeSnapshot(read)).toBe(text)
  })
})

describe('adding snapshots', () => {
  it('adds every number', () => {
    const sum = emptySnapshot()
    addSnapshot(sum, filled(1))
    expect(encodeSnapshot(sum)).toBe(encodeSnapshot(filled(1)))
    addSnapshot(sum, filled(1))
    const numbers = (text: string) =>
      [...text.replaceAll(/"[^"]*"/g, '""').matchAll(/\d+(\.\d+)?/g)].map(Number)
    const [version, from, to, ...counts] = numbers(encodeSnapshot(filled(1)))
    expect(numbers(encodeSnapshot(sum))).toEqual([version, from, to, ...counts.map((count) => 2 * count)])
  })

  it('spans both, and has the state of the breaker at the end', () => {
    const sum = emptySnapshot()
    addSnapshot(sum, { ...filled(3), breaker: 'open' })
    addSnapshot(sum, filled(2))
    expect(sum).toMatchObject({ from: 2000, to: 3999, breaker: 'open' })
    addSnapshot(sum, filled(4))
    expect(sum).toMatchObject({ from: 2000, to: 4999, breaker: 'closed' })
    addSnapshot(sum, { ...filled(4), breaker: 'open' })
    expect(sum.breaker).toBe('open')
    addSnapshot(sum, emptySnapshot())
    expect(sum).toMatchObject({ from: 2000, to: 4999, breaker: 'open' })
  })

  it('leaves the one that was added as it was', () => {
    const [sum, added] = [emptySnapshot(), filled(1)]
    addSnapshot(sum, added)
    addSnapshot(sum, added)
    expect(encodeSnapshot(added)).toBe(encodeSnapshot(filled(1)))
  })

  it('counts labels beyond the limits under (other)', () => {
    const sum = emptySnapshot()
    for (let n = 0; n < 1000; n++) {
      const one = emptySnapshot()
      one.fragments.set(fragmentLabel(`f${n}`, 't'), { ...emptyFragment(), hits: 1, misses: { expired: 2 } })
      one.routes.set(`/${n}`, { ...emptyRoute(), pages: 1 })
      one.templates.set(`t${n}`, { ...emptyRoute(), pages: 1 })
      one.tags.set(`tag${n}`, { invalidations: 1 })
      one.errors.set(`ERR_${n}`, 1)
      addSnapshot(sum, one)
    }
    for (const kind of ['fragments', 'routes', 'templates', 'tags', 'errors'] as const)
      expect({ kind, size: sum[kind].size }).toEqual({ kind, size: LABEL_LIMITS[kind] })
    const rest = sum.fragments.get(OTHER)
    expect(rest?.hits).toBe(1000 - LABEL_LIMITS.fragments + 1)
    expect(rest && missesOf(rest)).toBe(2 * (1000 - LABEL_LIMITS.fragments + 1))
    expect(sum.routes.get(OTHER)?.pages).toBe(801)
    expect([...sum.errors.values()].reduce((one, other) => one + other)).toBe(1000)
    expect(labelParts(OTHER)).toEqual({ name: OTHER, template: OTHER })
  })
})
