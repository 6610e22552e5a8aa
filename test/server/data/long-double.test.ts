import { expect, test } from 'vitest'
import { addLongDoubles, formatLongDouble, readLongDouble } from '../../../src/server/data/long-double.ts'

function sum(a: string, b: string): string | undefined {
  const [left, right] = [readLongDouble(a), readLongDouble(b)]
  if (!left || !right) return undefined
  const result = addLongDoubles(left, right)
  return result === 'infinity' ? result : formatLongDouble(result)
}

test.each([
  ['3.0', '1.1', '4.1'],
  ['0.1', '0.2', '0.3'],
  ['10.5', '0.1', '10.6'],
  ['5.0e3', '2.0e2', '5200'],
  ['1', '-1', '0'],
  ['-1e-20', '0', '0'],
  ['9007199254740993', '1', '9007199254740994'],
  ['18446744073709551615', '0', '18446744073709551615'],
  // The 65th bit is rounded to even.
  ['18446744073709551615', '2', '18446744073709551616'],
  ['18446744073709551616', '1', '18446744073709551616'],
  ['18446744073709551616', '3', '18446744073709551620'],
  ['0x1p3', '0x.8', '8.5'],
  ['1.', '.5', '1.5'],
  ['1e-17', '0', '0.00000000000000001'],
  ['1e-18', '0', '0'],
])('%s + %s is %s', (a, b, expected) => {
  expect(sum(a, b)).toBe(expected)
})

test('adds at the limits of the type', () => {
  expect(sum('1e4932', '1e4931')).toMatch(/^110000000000000000\d{4915}$/)
  expect(sum('1.18e4932', '1.18e4932')).toBe('infinity')
  expect(sum('inf', '1')).toBe('infinity')
  expect(sum('-inf', 'inf')).toBe('infinity')
  expect(readLongDouble('1e-4950')).toEqual({ mantissa: 3n, exponent: -16_445 })
})

test.each([
  '',
  '.',
  'e5',
  '1e',
  '1e+',
  '0x',
  '0x.',
  ' 1',
  '1 ',
  '1\0',
  '1_000',
  '--1',
  'nan',
  'abc',
  '1e5000',
  '1e-5000',
  '1e999999999999999999999',
  '1'.repeat(5_120),
])('refuses %j', (text) => {
  expect(readLongDouble(text)).toBeUndefined()
})

test('reads zero with any exponent', () => {
  expect(readLongDouble('0e99999999')).toEqual({ mantissa: 0n, exponent: 0 })
  expect(readLongDouble('-0')).toEqual({ mantissa: 0n, exponent: 0 })
})
