import { bucketOf, Histogram, upperBound } from 'onetrip/metrics'
import { describe, expect, it, test } from 'vitest'

describe('a bucket', () => {
  it.each([
    [0, 0],
    [15, 15],
    [16, 16],
    [31, 31],
    [32, 32],
    [33, 32],
    [34, 33],
    [63, 47],
    [64, 48],
    [1000, 111],
    [2 ** 32 - 1, 16 * 27 + 31],
    [2 ** 32, 16 * 28 + 16],
    [2 ** 32 + 2 ** 28, 16 * 28 + 17],
    [Number.MAX_SAFE_INTEGER, 16 * 48 + 31],
  ])('of %d is %d', (value, index) => {
    expect(bucketOf(value)).toBe(index)
    expect(upperBound(index)).toBeGreaterThanOrEqual(value)
  })

  it('follows the one before it without a gap, and is at most 6.25 % wide', () => {
    for (let index = 1; index <= bucketOf(Number.MAX_SAFE_INTEGER); index++) {
      const lowest = upperBound(index - 1) + 1
      expect(bucketOf(lowest)).toBe(index)
      expect(bucketOf(upperBound(index))).toBe(index)
      expect((upperBound(index) - lowest) / lowest).toBeLessThanOrEqual(0.0625)
    }
  })
})

describe('a histogram', () => {
  const of = (...values: number[]) => {
    const histogram = new Histogram()
    for (const value of values) histogram.record(value)
    return histogram
  }

  it('counts values, and keeps their exact sum', () => {
    const histogram = of(3, 1000, 1001)
    expect(histogram).toMatchObject({ count: 3, sum: 2004, mean: 668 })
    expect([...histogram.buckets]).toEqual([
      [3, 1],
      [111, 2],
    ])
  })

  it('counts a value several times', () => {
    const histogram = new Histogram()
    histogram.record(7, 5)
    expect(histogram).toMatchObject({ count: 5, sum: 35 })
  })

  it('rounds fractions, and takes what is no length of time as 0 or as the largest value', () => {
    expect([...of(0.4, 1.6).buckets]).toEqual([
      [0, 1],
      [2, 1],
    ])
    expect([...of(Number.NaN, -3).buckets]).toEqual([[0, 2]])
    expect(of(Number.POSITIVE_INFINITY).sum).toBe(Number.MAX_SAFE_INTEGER)
  })

  it('has quantiles, at most one bucket too large', () => {
    const histogram = of(...Array.from({ length: 1000 }, (_, n) => n + 1))
    for (const q of [0.01, 0.5, 0.95, 0.99, 1]) {
      expect(histogram.quantile(q)).toBeGreaterThanOrEqual(1000 * q)
      expect(histogram.quantile(q)).toBeLessThanOrEqual(1000 * q * 1.0625)
    }
    expect(histogram.quantile(0)).toBe(1)
    expect(histogram.quantile(2)).toBe(histogram.quantile(1))
  })

  test('of nothing has no buckets, and 0 as its mean and quantiles', () => {
    const histogram = of()
    expect(histogram).toMatchObject({ count: 0, sum: 0, mean: 0 })
    expect(histogram.quantile(0.5)).toBe(0)
    expect(String(histogram)).toBe('')
  })

  it('merges by adding', () => {
    const into = of(1, 500)
    into.merge(of(1, 9_000_000_000))
    expect(String(into)).toBe(String(of(1, 1, 500, 9_000_000_000)))
    expect(into).toMatchObject({ count: 4, sum: 9_000_000_502 })
  })

  it('is read from its text, with the sum beside it or an estimate of it', () => {
    const histogram = of(1, 1, 500, 9_000_000_000)
    const text = String(histogram)
    expect(text).toMatch(/^1:2,95:1,\d+:1$/)
    const read = Histogram.parse(text, histogram.sum)
    expect(String(read)).toBe(text)
    expect(read).toMatchObject({ count: 4, sum: histogram.sum })
    const estimated = Histogram.parse(text)?.sum ?? 0
    expect(estimated / histogram.sum).toBeGreaterThanOrEqual(1)
    expect(estimated / histogram.sum).toBeLessThanOrEqual(1.0625)
    expect(Histogram.parse('')).toMatchObject({ count: 0, sum: 0 })
  })

  it.each(['1', '1:', ':1', '1:2,', '-1:2', '1:-2', '1.5:2', '800:1', '1:2;3:4', 'x:1'])(
    'is not read from %j',
    (text) => expect(Histogram.parse(text)).toBeUndefined(),
  )
})
