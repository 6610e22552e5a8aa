import fc from 'fast-check'
import { StreamId, type StreamIdLike } from 'onetrip/streams'
import { expect, it } from 'vitest'
import { compareIds } from '../../src/streams/stream-id.ts'

const from = StreamId.from as (id: unknown) => StreamId
const MAX = 2n ** 64n - 1n
const u64 = fc.oneof(fc.bigInt(0n, MAX), fc.bigInt(0n, 20n), fc.bigInt(MAX - 20n, MAX))

it.each<[given: StreamIdLike, text: string]>([
  ['1526919030474-55', '1526919030474-55'],
  ['1526919030474', '1526919030474-0'],
  ['007-01', '7-1'],
  [new Date(1_526_919_030_474), '1526919030474-0'],
  [{ date: new Date(7) }, '7-0'],
  [{ date: new Date(7), sequence: 3 }, '7-3'],
  [{ date: new Date(7), sequence: MAX }, `7-${MAX}`],
  [StreamId.MAX, `${MAX}-${MAX}`],
  [StreamId.MIN, '0-0'],
])('converts %o to %s', (given, text) => {
  expect(String(StreamId.from(given))).toBe(text)
  expect(JSON.stringify({ id: StreamId.from(given) })).toBe(JSON.stringify({ id: text }))
})

it.each<[what: string, given: unknown, says: RegExp]>([
  ['undefined', undefined, /must be a string such as .* got undefined/],
  ['null', null, /got null/],
  ['an empty string', '', /got ''/],
  ['a special id of Redis', '$', /got '\$'/],
  ['a number', 7, /got 7/],
  ['an id with a letter', '7-x', /got '7-x'/],
  ['a negative time', '-7', /got '-7'/],
  ['a space', ' 7', /got ' 7'/],
  ['a date before 1970', new Date(-1), /must not be before 1970; got 1969/],
  ['an invalid date', new Date(Number.NaN), /invalid Date/],
  ['a time above 64 bits', `${MAX + 1n}`, /milliseconds of an id must be a bigint from 0 to/],
  ['a sequence above 64 bits', `1-${MAX + 1n}`, /sequence of an id must be a bigint from 0 to/],
  ['a negative sequence', { date: new Date(1), sequence: -1 }, /sequence of an id must be a bigint from 0/],
  ['a sequence with a fraction', { date: new Date(1), sequence: 1.5 }, /must be a whole number; got 1.5/],
  ['a sequence as a string', { date: new Date(1), sequence: '1' }, /must be a whole number; got '1'/],
  ['an object', {}, /got an empty object/],
])('refuses %s', (_, given, says) => {
  expect(() => from(given)).toThrow(says)
})

it('keeps the time of a Date, and has an invalid one beyond its range', () => {
  const date = new Date('2026-03-29T02:30:00.123Z')
  expect(StreamId.from(date).date).toEqual(date)
  expect(StreamId.from('8640000000000000').date.getTime()).toBe(8_640_000_000_000_000)
  expect(StreamId.from('8640000000000001').date.getTime()).toBeNaN()
})

it('compares ids as pairs of numbers', () => {
  const sorted = ['2-999', '10-0', '999-0', '1000-2', '1000-10', `1000-${MAX}`, `${MAX}-0`]
  expect([...sorted].reverse().sort(StreamId.compare)).toEqual(sorted)
  expect([...sorted].reverse().sort(compareIds)).toEqual(sorted)
  expect(StreamId.compare('5', new Date(5))).toBe(0)
  fc.assert(
    fc.property(u64, u64, u64, u64, (a, b, c, d) => {
      const expected = a === c ? (b < d ? -1 : Number(b > d)) : a < c ? -1 : 1
      expect(Math.sign(StreamId.compare(`${a}-${b}`, `${c}-${d}`))).toBe(expected)
      expect(Math.sign(compareIds(`${a}-${b}`, `${c}-${d}`))).toBe(expected)
    }),
  )
})

it('steps to the next and the previous id', () => {
  expect(String(StreamId.from('5-7').next())).toBe('5-8')
  expect(String(StreamId.from(`5-${MAX}`).next())).toBe('6-0')
  expect(StreamId.MAX.next()).toBeUndefined()
  expect(String(StreamId.from('5').previous())).toBe(`4-${MAX}`)
  expect(StreamId.MIN.previous()).toBeUndefined()
  fc.assert(
    fc.property(u64, u64, (ms, sequence) => {
      const id = new StreamId(ms, sequence)
      const next = id.next()
      if (next) {
        expect(StreamId.compare(id, next)).toBeLessThan(0)
        expect(String(next.previous())).toBe(String(id))
      }
    }),
  )
})
