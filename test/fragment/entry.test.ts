import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeMadeOf, encodeMadeOf, readEntry, writeEntry } from '../../src/fragment/entry.ts'
import { makeHead } from '../../src/stores/store.ts'

const madeOf = encodeMadeOf({ engine: 'e', place: 'page#1', placeDigest: 'd', templates: [['inc', 'x']] })
const place = {}
const head = (kind: 'entry' | 'deleted' = 'entry') => makeHead(1_000_000, Buffer.alloc(8, 1), kind)

const bodyOf = (text: string) => ({
  size: Buffer.byteLength(text),
  writeTo: (target: Buffer, at: number) => target.write(text, at),
})

function stored(key: string, body: string, ttl = 5000): Buffer {
  return Buffer.concat([head(), writeEntry(key, bodyOf(body), { ttl, madeOf, tags: [] }) as Buffer])
}

test('what is written is read', () => {
  const entry = readEntry('key', stored('key', '<b>ü</b>'), place)
  expect(entry?.body.toString()).toBe('<b>ü</b>')
  expect(entry?.freshUntil).toBe(1_005_000)
  expect(entry?.madeOf).toBe(madeOf)
  expect(readEntry('key', stored('key', ''), place)?.body.length).toBe(0)
})

test('whatever is done to the header, or to the length, is noticed', () => {
  const value = stored('key', 'body')
  const headerEnd = value.length - 4
  for (let at = 16; at < headerEnd; at++) {
    for (const bit of [1, 128]) {
      const damaged = Buffer.from(value)
      damaged[at] = (damaged[at] as number) ^ bit
      expect(readEntry('key', damaged, place), `byte ${at}`).toBeUndefined()
    }
  }
  for (let length = 0; length < value.length; length++) {
    expect(readEntry('key', value.subarray(0, length), place), `cut to ${length}`).toBeUndefined()
  }
  expect(readEntry('key', Buffer.concat([value, Buffer.from('x')]), place)).toBeUndefined()
})

test('the entry of another key, a tombstone and foreign bytes are none', () => {
  expect(readEntry('other', stored('key', 'body'), place)).toBeUndefined()
  const tombstone = Buffer.concat([head('deleted'), stored('key', 'body').subarray(17)])
  expect(readEntry('key', tombstone, place)).toBeUndefined()
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 300 }),
      (bytes) => readEntry('key', Buffer.from(bytes), place) === undefined,
    ),
  )
})

test('a field of a later version makes it a miss', () => {
  const value = stored('key', 'body')
  const later = Buffer.from(value)
  later[17 + 36] = 3
  expect(readEntry('key', later, place)).toBeUndefined()
})

test('names of templates may hold anything', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.string(), fc.string()), { maxLength: 5 }),
      fc.string(),
      (templates, place) => {
        const made = { engine: 'e', place, placeDigest: 'd', templates }
        expect(decodeMadeOf(encodeMadeOf(made))).toEqual(made)
      },
    ),
  )
})

test('an entry that is made of more templates than a header holds is not written', () => {
  expect(writeEntry('key', bodyOf(''), { ttl: 1, madeOf: 'x'.repeat(70_000), tags: [] })).toBeUndefined()
})
