import { expect, test } from 'vitest'
import { asWeak, matches } from '../../../src/http/etag/entity-tag.ts'

test.each([
  [undefined, '"a"', false],
  ['', '"a"', false],
  ['*', '"a"', true],
  [' * ', 'W/"a"', true],
  ['"a"', '"a"', true],
  ['W/"a"', '"a"', true],
  ['"a"', 'W/"a"', true],
  ['"b", W/"a" ,"c"', '"a"', true],
  ['"b","c"', '"a"', false],
  ['"a', '"a"', false],
  ['a', '"a"', false],
  ['"a,b"', '"a"', false],
  ['"x", "a,b"', '"a,b"', true],
  ['"*"', '"a"', false],
])('If-None-Match: %s, and %s', (header, tag, known) => {
  expect(matches(header, tag)).toBe(known)
})

test('a weak tag stays one', () => {
  expect([asWeak('"a"'), asWeak('W/"a"')]).toEqual(['W/"a"', 'W/"a"'])
})
