import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeKey } from '../../src/cli/key/decode-key.ts'
import { readPart, twinOf, writePart } from '../../src/cli/key/read-part.ts'
import { showKey } from '../../src/cli/key/show-key.ts'
import { encodeVary, fragmentKey } from '../../src/core/key/fragment-key.ts'

const PREFIX = 'shop:0::'

test('a key gives back the name, the parts and what it varies by', () => {
  const part = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 40 }),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0),
    fc.boolean(),
    fc.array(fc.string({ maxLength: 5 }), { maxLength: 3 }),
    fc.dictionary(fc.string({ maxLength: 5 }), fc.integer(), { noNullPrototype: true }),
  )
  fc.assert(
    fc.property(
      fc.string({ minLength: 1, maxLength: 20 }),
      fc.array(part),
      fc.boolean(),
      (name, parts, varies) => {
        const vary = varies ? { locale: 'de', 'a=b': 1 } : {}
        const key = fragmentKey(PREFIX, name, parts) + encodeVary(Object.entries(vary))
        expect(decodeKey(PREFIX, key)).toEqual({ kind: 'fragment', name, parts, vary })
      },
    ),
  )
})

test('long names and parts are known by digest alone', () => {
  const key = fragmentKey(PREFIX, 'card', ['x'.repeat(2000), new Date(0), 5n, [null]])
  expect(decodeKey(PREFIX, key)).toMatchObject({
    parts: ['(digest)', '1970-01-01T00:00:00.000Z', '5n', [null]],
  })
})

test.each(['!lock', '?clock', '~0:', '7', '3:abcd', '3:abc:q1:x', 'x'])('%s is not decoded', (rest) => {
  expect(decodeKey(PREFIX, PREFIX + rest)).toBe(undefined)
})

test.each([
  ['42', 42],
  ['-1.5', -1.5],
  ['007', '007'],
  ['1e3', '1e3'],
  ['12345678901234567890', '12345678901234567890'],
  ['true', true],
  ['null', 'null'],
  ['"42"', '42'],
  ['a b', 'a b'],
  ['[1,"2"]', [1, '2']],
  ['{"id":1}', { id: 1 }],
  ['{id:1}', '{id:1}'],
])('the word %s is the part %j', (word, part) => {
  expect(readPart(word)).toEqual(part)
})

test('what a key shows can be typed again', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.array(fc.integer())), (part) => {
      expect(readPart(writePart(part))).toEqual(part)
    }),
  )
  expect(
    showKey({ kind: 'fragment', name: 'card', parts: ['a b', '1', 1, 'x'], vary: { locale: 'de' } }),
  ).toBe('card "a b" "1" 1 x locale=de')
})

test('a part has a twin that is written alike', () => {
  expect([42, '42', true, 'true', 'x', '042'].map(twinOf)).toEqual([
    '42',
    42,
    'true',
    true,
    undefined,
    undefined,
  ])
})
