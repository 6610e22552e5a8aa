import { expect, test } from 'vitest'
import { SegmentedLru } from '../../src/stores/memory/segmented-lru.ts'

const make = (bytes: number) => new SegmentedLru<{ size: number }>(bytes, ({ size }) => size)
const value = (size = 10) => ({ size })

test('what was read again survives a scan of keys that are read once', () => {
  const cache = make(1_000)
  for (let n = 0; n < 50; n++) cache.set(`hot:${n}`, value())
  for (let n = 0; n < 50; n++) cache.get(`hot:${n}`)
  for (let n = 0; n < 10_000; n++) {
    if (!cache.get(`crawled:${n}`)) cache.set(`crawled:${n}`, value())
  }
  for (let n = 0; n < 50; n++) expect(cache.get(`hot:${n}`)).toBeDefined()
  expect([...cache.keys()].length).toBe(100)
})

test('all of the bytes are for what is there, protected or not', () => {
  const cache = make(1_000)
  for (let n = 0; n < 100; n++) cache.set(`${n}`, value())
  expect([...cache.keys()].length).toBe(100)
  for (let n = 0; n < 100; n++) cache.get(`${n}`)
  expect([...cache.keys()].length).toBe(100)
  cache.set('new', value())
  expect([...cache.keys()].length).toBe(100)
  expect(cache.get('new')).toBeDefined()
})

test('values of any size: as large as all of it, larger, and grown', () => {
  const cache = make(1_000)
  cache.set('whole', value(1_000))
  expect(cache.get('whole')).toEqual(value(1_000))
  expect(cache.get('whole')).toEqual(value(1_000))
  cache.set('too large', value(1_001))
  expect(cache.get('too large')).toBe(undefined)
  cache.set('small', value())
  cache.get('small')
  cache.set('small', value(900))
  expect(cache.get('small')).toEqual(value(900))
  expect(cache.delete('small')).toBe(true)
  expect(cache.delete('small')).toBe(false)
  cache.set('a', value())
  cache.clear()
  expect([...cache.keys()]).toEqual([])
})
