import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readEntry, writeEntry } from '../../../src/core/entry/entry.ts'
import { encodeProvenance, parseProvenance } from '../../../src/core/entry/entry-fields.ts'
import { makeStamp } from '../../../src/stores/store.ts'

const provenance = encodeProvenance({
  engine: 'e',
  place: 'page#1',
  placeDigest: 'd',
  templates: [['inc', 'x']],
})
const place = {}
const stamp = (kind: 'entry' | 'deleted' = 'entry') => makeStamp(1_000_000, kind, Buffer.alloc(8, 1))

const bodyOf = (text: string) => ({
  size: Buffer.byteLength(text),
  writeTo: (target: Buffer, at: number) => target.write(text, at),
})

const lasting = (fresh: number) => ({ ends: { fresh, revalidate: 2 * fresh, onError: 3 * fresh }, cost: 1.5 })

function stored(key: string, body: string, ttl = 5000): Buffer {
  return Buffer.concat([
    stamp(),
    writeEntry(key, bodyOf(body), {
      ...lasting(ttl),
      provenance,
      tags: [],
      holes: [],
      version: '',
      heads: [],
      bindings: '',
    }),
  ])
}

test('an entry is read as it was written', () => {
  const entry = readEntry('key', stored('key', '<b>ü</b>'), place)
  expect(entry?.body.toString()).toBe('<b>ü</b>')
  expect(entry).toMatchObject({
    freshUntil: 1_005_000,
    revalidateUntil: 1_010_000,
    errorUntil: 1_015_000,
    cost: 1.5,
  })
  expect(entry?.provenance).toBe(provenance)
  expect(readEntry('key', stored('key', ''), place)?.body.length).toBe(0)
})

test('any change of the header or of the length is detected', () => {
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
  const tombstone = Buffer.concat([stamp('deleted'), stored('key', 'body').subarray(17)])
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
  later[17 + 42] = 99
  expect(readEntry('key', later, place)).toBeUndefined()
})

test('names of templates may hold anything', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.string(), fc.string()), { maxLength: 5 }),
      fc.string(),
      (templates, place) => {
        const made = { engine: 'e', place, placeDigest: 'd', templates }
        expect(parseProvenance(encodeProvenance(made))).toEqual(made)
      },
    ),
  )
})

test('a header may be long, and lists the parts that are rendered for each request', () => {
  const holes = Array.from({ length: 5000 }, (_, n) => ({
    at: n,
    template: 'card.njk',
    number: 0,
    values: { id: n, list: ['ü', null] },
  }))
  const header = {
    ...lasting(1),
    provenance: 'x'.repeat(70_000),
    tags: [],
    holes,
    version: '',
    heads: [],
    bindings: '',
  }
  const value = Buffer.concat([stamp(), writeEntry('key', bodyOf('x'.repeat(5000)), header)])
  const entry = readEntry('key', value, place)
  expect(entry?.holes).toEqual(holes)
  expect(entry?.provenance).toBe(header.provenance)
  expect(entry?.body.length).toBe(5000)
})

test('a hole outside of the body, or out of order, is damage', () => {
  const hole = (at: number) => ({ at, template: 'card.njk', number: 0, values: {} })
  const read = (holes: ReturnType<typeof hole>[]) => {
    const value = writeEntry('key', bodyOf('four'), {
      ...lasting(1),
      provenance,
      tags: [],
      holes,
      version: '',
      heads: [],
      bindings: '',
    })
    return readEntry('key', Buffer.concat([stamp(), value]), {})
  }
  expect(read([hole(0), hole(4)])?.holes).toHaveLength(2)
  expect(read([hole(5)])).toBeUndefined()
  expect(read([hole(3), hole(2)])).toBeUndefined()
  expect(read([hole(-1)])).toBeUndefined()
})
