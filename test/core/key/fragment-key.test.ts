import fc from 'fast-check'
import { KeyPartError } from 'onetrip'
import { expect, test } from 'vitest'
import { fragmentKey, keyPrefix } from '../../../src/core/key/fragment-key.ts'

const prefix = keyPrefix('onetrip', '')
const key = (...parts: unknown[]) => fragmentKey(prefix, 'card', parts, { template: 'home.njk', line: 7 })

test('two arrays of parts never have the same key', () => {
  const part = fc.oneof(
    fc.string(),
    fc.constantFrom('', ':', 's1:a', '1', 'true'),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc.bigInt(),
    fc.date({ noInvalidDate: true }),
    fc.array(fc.string()),
    fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer(), fc.constant(null))),
  )
  const list = fc.array(part, { maxLength: 4 })
  const canonical = (parts: unknown[]) =>
    JSON.stringify(parts, (_, value) =>
      typeof value === 'bigint'
        ? `bigint ${value}`
        : value && typeof value === 'object' && !Array.isArray(value)
          ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
          : Object.is(value, -0)
            ? 0
            : value,
    ) + parts.map((one) => Object.prototype.toString.call(one)).join()
  fc.assert(
    fc.property(list, list, (a, b) => {
      expect(key(...a) === key(...b)).toBe(canonical(a) === canonical(b))
    }),
    { numRuns: 2000 },
  )
})

test('neither do names, releases, and types', () => {
  expect(key('a:b', 'c')).not.toBe(key('a', 'b:c'))
  expect(key(1)).not.toBe(key('1'))
  expect(key(1)).not.toBe(key(1n))
  expect(key(true)).not.toBe(key('true'))
  expect(key(new Date(5))).not.toBe(key(5))
  expect(key([1, 2])).not.toBe(key([12]))
  expect(key([[1], 2])).not.toBe(key([1, [2]]))
  expect(fragmentKey(prefix, 'a', ['b'])).not.toBe(fragmentKey(prefix, 'a:s1:b', []))
  expect(keyPrefix('p', '1')).not.toBe(keyPrefix('p', ''))
})

test('the order of the keys of an object does not count, nor do those without a value', () => {
  expect(key({ a: 1, b: { c: 2, d: 3 } })).toBe(key({ b: { d: 3, c: 2 }, a: 1, e: undefined }))
  expect(key({ a: null })).not.toBe(key({}))
})

test.each<[unknown, RegExp]>([
  [undefined, /is undefined/],
  [null, /is null/],
  [Number.NaN, /is NaN/],
  [Number.POSITIVE_INFINITY, /is Infinity/],
  [() => 1, /is a function/],
  [Symbol('s'), /is a symbol/],
  [new Map(), /is a Map, which has no stable form/],
  [new (class Film {})(), /is a Film/],
  [new Date(Number.NaN), /is an invalid Date/],
  [[1, undefined], /is undefined/],
  [{ a: () => 1 }, /is a function/],
])('%o is refused, with fragment, part and place', (part, message) => {
  expect(() => key(1, part)).toThrow(KeyPartError)
  expect(() => key(1, part)).toThrow(message)
  expect(() => key(1, part)).toThrow(/^Part 2 of the key of the fragment "card" .*\(home\.njk, line 7\)/)
})

test('a part that contains itself is refused; one that occurs twice is not', () => {
  const loop: { self?: unknown } = {}
  loop.self = [loop]
  expect(() => key(loop)).toThrow(/contains itself/)
  const twice = { a: 1 }
  expect(() => key([twice, twice])).not.toThrow()
})

test.each<[unknown, RegExp]>([
  [{ a: { b: [1, undefined] } }, /has \.a\.b\[1\], which is undefined/],
  [
    {
      owner: new (class User {
        id = 3
      })(),
    },
    /has \.owner, which is a User, .* use its id \(\.owner\.id\)/,
  ],
  [
    [
      new (class Film {
        slug = 'x'
      })(),
    ],
    /has \[0\], which is a Film, .* use its slug \(\[0\]\.slug\)/,
  ],
  [
    new (class Film {
      _id = 'x'
    })(),
    /key of the fragment "card" is a Film, .* use its _id \(/,
  ],
  [new (class Film {})(), /is a Film, .* use a value that identifies it \(/],
  [{ film: new (class Film {})() }, /has \.film, which is a Film, .* use a value that identifies it \(/],
])('the wrong value inside %o is named', (part, message) => {
  expect(() => key(part)).toThrow(message)
})

test('objects with a string form of their own are parts: ids of databases, decimals, addresses', () => {
  const objectId = (hex: string) =>
    new (class ObjectId {
      toHexString = () => hex
      toJSON = () => hex
    })()
  const decimal = (text: string) =>
    new (class Decimal {
      toJSON = () => text
    })()
  expect(key(objectId('65a1'))).toBe(key(objectId('65a1')))
  expect(key(objectId('65a1'))).not.toBe(key(objectId('65a2')))
  expect(key(objectId('65a1'))).not.toBe(key('65a1'))
  expect(key(objectId('65a1'))).not.toBe(key(decimal('65a1')))
  expect(key({ price: decimal('1.50') })).not.toBe(key({ price: '1.50' }))
  expect(key(new URL('https://a.example/x'))).toBe(key(new URL('https://a.example/x')))
  // What gives an object as JSON has no form by which two are told apart for sure.
  expect(() =>
    key(
      new (class Doc {
        toJSON = () => ({ a: 1 })
      })(),
    ),
  ).toThrow(/is a Doc/)
})
