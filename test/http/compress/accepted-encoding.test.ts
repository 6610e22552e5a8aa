import { expect, test } from 'vitest'
import { AcceptedEncoding } from '../../../src/http/compress/accepted-encoding.ts'

test.each([
  [undefined, undefined],
  ['', undefined],
  ['gzip, deflate, br', 'br'],
  ['gzip', 'gzip'],
  ['GZIP', 'gzip'],
  ['br;q=0.5, gzip', 'gzip'],
  ['br;q=0, gzip;q=0.1', 'gzip'],
  ['br;q=0', undefined],
  ['*', 'br'],
  ['*;q=0.5, br;q=0', 'gzip'],
  ['deflate', undefined],
  ['identity', undefined],
  ['identity;q=1, gzip;q=0.5', undefined],
  ['identity;q=0, *;q=0', undefined],
  ['x-none', undefined],
])('of br and gzip, %s gives %s', (header, encoding) => {
  const accepted = new AcceptedEncoding(['br', 'gzip'])
  expect(accepted.of(header)).toBe(encoding)
  expect(accepted.of(header)).toBe(encoding)
})

test('among equal weights, the order of the option decides', () => {
  expect(new AcceptedEncoding(['gzip', 'br']).of('br, gzip')).toBe('gzip')
})

test('a long header is read, and not remembered', () => {
  expect(new AcceptedEncoding(['br']).of(`${'x, '.repeat(500)}br`)).toBe('br')
})
