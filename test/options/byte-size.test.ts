import { expect, test } from 'vitest'
import { toBytes } from '../../src/options/byte-size.ts'

test.each([
  [1, 1],
  ['64MB', 64 * 1024 * 1024],
  ['512 KB', 512 * 1024],
  ['1.5gb', 1.5 * 1024 ** 3],
  ['10b', 10],
])('%s', (size, bytes) => {
  expect(toBytes(size, 1)).toBe(bytes)
})

test.each([
  0,
  -1,
  1.5,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  '64',
  '64MBs',
  'MB',
  '',
  '1e3MB',
  '-1MB',
  null,
  {},
])('%s is none', (size) => {
  expect(toBytes(size, 1)).toBe(undefined)
})

test('a size below the minimum is refused', () => {
  expect(toBytes('1KB', 1025)).toBe(undefined)
})
