import fc from 'fast-check'
import { expect, test } from 'vitest'
import { coveringBuckets, KEPT } from '../../../src/metrics/redis/steps.ts'
import { STEP_LENGTH } from '../../../src/metrics/time-range.ts'

const { minute: MINUTE, hour: HOUR, day: DAY } = STEP_LENGTH
const NOW = Date.UTC(2026, 4, 20, 15, 30, 20)

const shown = (from: number, to: number) =>
  coveringBuckets(from, to, NOW).map(
    ({ step, start }) => `${step} ${new Date(start).toISOString().slice(5, 16)}`,
  )

test('a span is covered by minutes, and by hours and days where they fit', () => {
  expect(shown(NOW - 2 * MINUTE, NOW)).toEqual([
    'minute 05-20T15:28',
    'minute 05-20T15:29',
    'minute 05-20T15:30',
  ])
  const day = shown(Date.UTC(2026, 4, 18, 22, 59), Date.UTC(2026, 4, 20, 1, 1))
  expect(day).toEqual([
    'minute 05-18T22:59',
    'hour 05-18T23:00',
    'day 05-19T00:00',
    'hour 05-20T00:00',
    'minute 05-20T01:00',
  ])
})

test('a span of which minutes have expired is widened to hours, and then to days', () => {
  expect(shown(NOW - 3 * DAY, NOW - 3 * DAY + MINUTE)).toEqual(['hour 05-17T15:00'])
  expect(shown(NOW - 20 * DAY, NOW - 20 * DAY + MINUTE)).toEqual(['day 04-30T00:00'])
  expect(shown(0, NOW - 29 * DAY)).toEqual(['day 04-20T00:00', 'day 04-21T00:00'])
  expect(shown(NOW, NOW)).toEqual([])
})

test('the buckets of any span have no gap and no overlap, contain it, and are kept', () => {
  const time = fc.integer({ min: NOW - 30 * DAY, max: NOW })
  fc.assert(
    fc.property(time, time, (one, other) => {
      const [from, to] = [Math.min(one, other), Math.max(one, other) + 1]
      const buckets = coveringBuckets(from, to, NOW)
      expect(buckets[0]?.start).toBeLessThanOrEqual(from)
      expect(buckets.at(-1)?.end).toBeGreaterThanOrEqual(to)
      for (const [at, { step, start, end }] of buckets.entries()) {
        if (at > 0) expect(start).toBe(buckets[at - 1]?.end)
        expect(end - start).toBe(STEP_LENGTH[step])
        expect(end).toBeGreaterThan(NOW - KEPT[step])
      }
      // Minutes before the first hour, hours before the first day, days, and the same at the end.
      expect(buckets.length).toBeLessThanOrEqual(2 * 59 + 2 * 23 + 8 * 24 + 32)
    }),
  )
})

test('a whole day is one bucket, whenever it was', () => {
  for (let day = 0; day < 30; day++) {
    const start = Math.floor((NOW - day * DAY) / DAY) * DAY
    const buckets = coveringBuckets(start, start + DAY, NOW)
    expect(buckets).toEqual([{ step: 'day', n: start / DAY, start, end: start + DAY }])
  }
  expect(HOUR * 24).toBe(DAY)
})
