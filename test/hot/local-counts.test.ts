import { expect, test } from 'vitest'
import { LocalCounts } from '../../src/hot/local-counts.ts'

const listed = (counts: LocalCounts) =>
  [...counts.take()].map(([fragment, ofFragment]) => [fragment, Object.fromEntries(ofFragment)])

test('counts by fragment and params, with weights, and begins anew when they are taken', () => {
  const counts = new LocalCounts(10)
  counts.add('a', '1', 1)
  counts.add('a', '1', 2)
  counts.add('b', '1', 1)
  expect(counts.size).toBe(2)
  expect(listed(counts)).toEqual([
    ['a', { '1': 3 }],
    ['b', { '1': 1 }],
  ])
  expect(counts.size).toBe(0)
  expect(listed(counts)).toEqual([])
})

test('keeps frequent params among many that are asked for once, too low by two parts of the capacity at most', () => {
  const counts = new LocalCounts(100)
  for (let n = 0; n < 10_000; n++) {
    counts.add('a', `once ${n}`, 1)
    if (n % 10 === 0) counts.add('b', 'often', 1)
    expect(counts.size).toBeLessThanOrEqual(100)
  }
  const often = counts.take().get('b')?.get('often') ?? 0
  expect(often).toBeLessThanOrEqual(1_000)
  expect(often).toBeGreaterThanOrEqual(1_000 - (2 / 100) * 11_000)
})
