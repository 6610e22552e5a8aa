import { expect, test } from 'vitest'
import { readCacheHeaders } from '../../../src/http/cache-headers/cache-headers-options.ts'
import { purgeKey } from '../../../src/purge/purge-key.ts'

test('off by default, and the defaults of true', () => {
  expect([undefined, false].map(readCacheHeaders)).toEqual([undefined, undefined])
  expect(readCacheHeaders(true)).toEqual({
    anonymous: undefined,
    maxAge: 1000,
    vary: undefined,
    tags: [],
    maxTagBytes: 4096,
  })
})

test.each<[unknown, RegExp]>([
  ['1s', /^The option cacheHeaders must be true, false, or an object such as/],
  [{ anonymous: true }, /cacheHeaders\.anonymous must be a function of the request, not true/],
  [{ maxAge: 'soon' }, /The option cacheHeaders\.maxAge is 'soon'/],
  [{ vary: 'Cookie' }, /cacheHeaders\.vary must be an array of header names/],
  [{ vary: ['a b'] }, /cacheHeaders\.vary must be an array of header names/],
  [{ tags: 'xkey' }, /cacheHeaders\.tags must be an array/],
  [{ tags: ['Key'] }, /cacheHeaders\.tags has 'Key': the headers are 'xkey', 'Surrogate-Key', 'Cache-Tag'/],
  [{ maxTagBytes: 0 }, /cacheHeaders\.maxTagBytes/],
])('%j is refused', (value, message) => {
  expect(() => readCacheHeaders(value)).toThrow(message)
})

test.each([
  ['films', 'films'],
  ['film:1', 'film:1'],
  ['a b,c', 'a%20b%2Cc'],
  ['50%', '50%25'],
  ['é\r\n', '%C3%A9%0D%0A'],
  ['\ud800', '%EF%BF%BD'],
  ['😀', '%F0%9F%98%80'],
])('the tag %j is written as %s', (tag, key) => {
  expect(purgeKey(tag)).toBe(key)
})
