import { expect, test } from 'vitest'
import {
  compareIds,
  formatId,
  MAX_ID,
  MIN_ID,
  nextId,
  previousId,
  readId,
  readIntervalEnd,
  readIntervalStart,
  readOpenId,
} from '../../../../src/server/commands/streams/stream-id.ts'

const MAX = '18446744073709551615'
/** In their order, as Redis has it. */
const ORDERED = [
  '0-0',
  '0-1',
  '0-9007199254740991',
  '0-9007199254740992',
  '0-9007199254740993',
  `0-${MAX}`,
  '1-0',
  '1526919030474-55',
  '9007199254740991-0',
  '9007199254740992-0',
  '9007199254740992-1',
  '9007199254740993-0',
  `${MAX}-0`,
  `${MAX}-${MAX}`,
]

test('ids of 64 and 64 bits are read, compared and written exactly', () => {
  for (const [n, text] of ORDERED.entries()) {
    expect(formatId(readId(text))).toBe(text)
    for (const [m, other] of ORDERED.entries())
      expect(Math.sign(compareIds(readId(text), readId(other))), `${text} and ${other}`).toBe(
        Math.sign(n - m),
      )
  }
})

test.each([
  ['0-0', '0-1'],
  ['5-9007199254740990', '5-9007199254740991'],
  ['5-9007199254740991', '5-9007199254740992'],
  ['5-9007199254740992', '5-9007199254740993'],
  [`5-${MAX}`, '6-0'],
  [`9007199254740991-${MAX}`, '9007199254740992-0'],
  [`18446744073709551614-${MAX}`, `${MAX}-0`],
])('after %s comes %s', (before, after) => {
  expect(formatId(nextId(readId(before)) ?? MIN_ID)).toBe(after)
  expect(formatId(previousId(readId(after)) ?? MIN_ID)).toBe(before)
})

test('there is nothing after the last id, nor before the first', () => {
  expect(nextId(MAX_ID)).toBeUndefined()
  expect(previousId(MIN_ID)).toBeUndefined()
})

test('equal ids are equal in every form, so that they can be looked up', () => {
  expect(readId('007-01')).toEqual({ ms: 7, seq: 1 })
  expect(readId(' 7- 1')).toEqual({ ms: 7, seq: 1 })
  expect(nextId(readId('1-9007199254740990'))).toEqual(readId('1-9007199254740991'))
  expect(previousId(readId('1-9007199254740992'))).toEqual(readId('1-9007199254740991'))
})

test.each(['', '-', '+', 'x', '-1', '1-', '1-x', '1-2-3', '1 ', '1.5', '18446744073709551616', '$', '*'])(
  'refuses %j',
  (text) => {
    expect(() => readId(text)).toThrow('Invalid stream ID specified as stream command argument')
  },
)

test('a missing sequence number is the first, or the last at the end of an interval', () => {
  expect(formatId(readId('5'))).toBe('5-0')
  expect(formatId(readIntervalStart('5'))).toBe('5-0')
  expect(formatId(readIntervalEnd('5'))).toBe(`5-${MAX}`)
})

test('intervals have open and closed ends', () => {
  expect(readIntervalStart('-')).toEqual(MIN_ID)
  expect(readIntervalEnd('+')).toEqual(MAX_ID)
  expect(formatId(readIntervalStart('(5-1'))).toBe('5-2')
  expect(formatId(readIntervalEnd('(5-0'))).toBe(`4-${MAX}`)
  expect(() => readIntervalStart(`(${MAX}-${MAX}`)).toThrow('invalid start ID for the interval')
  expect(() => readIntervalEnd('(0-0')).toThrow('invalid end ID for the interval')
  expect(() => readIntervalStart('(-')).toThrow('Invalid stream ID')
})

test('reads ids whose sequence number the server chooses', () => {
  expect(readOpenId('5-*')).toBe(5)
  expect(readOpenId('9007199254740993-*')).toBe(9007199254740993n)
  for (const text of ['5', '5-1', '*', '-*', '5-*-*', '5-1-*']) expect(readOpenId(text), text).toBeUndefined()
})
