import { expect, test } from 'vitest'
import { Hash } from '../../../../src/server/commands/hashes/hash.ts'
import { Config } from '../../../../src/server/config/config.ts'
import { EncodingLimits } from '../../../../src/server/config/encoding-limits.ts'

const limits = new EncodingLimits(new Config())

test('fields keep their order when their values change', () => {
  const hash = new Hash()
  expect(hash.set('b', '1')).toBe(true)
  expect(hash.set('a', '2')).toBe(true)
  expect(hash.set('b', '3')).toBe(false)
  expect([...hash.entries]).toEqual([
    ['b', '3'],
    ['a', '2'],
  ])
})

test('memory follows what is set and removed', () => {
  const hash = new Hash()
  const empty = hash.bytes
  hash.set('field', 'value')
  const { bytes } = hash
  expect(bytes).toBeGreaterThan(empty + 10)
  hash.set('field', 'longer value')
  expect(hash.bytes).toBe(bytes + 8)
  hash.set('other', '')
  expect(hash.delete('other')).toBe(true)
  expect(hash.delete('other')).toBe(false)
  hash.set('field', 'value')
  expect(hash.bytes).toBe(bytes)
  hash.delete('field')
  expect(hash.bytes).toBe(empty)
})

test('a hash that was large once, or had a long text, is not compact any more', () => {
  const hash = new Hash()
  for (let n = 0; n < 512; n++) hash.set(String(n), 'x'.repeat(64))
  expect(hash.encoding(limits)).toBe('listpack')
  const copy = hash.copy()
  hash.set('512', '')
  hash.delete('512')
  expect(hash.encoding(limits)).toBe('hashtable')
  copy.set('0', 'x'.repeat(65))
  copy.delete('0')
  expect(copy.encoding(limits)).toBe('hashtable')
  const field = new Hash()
  field.set('x'.repeat(65), '')
  expect(field.encoding(limits)).toBe('hashtable')
})

test('a copy shares nothing with its hash', () => {
  const hash = new Hash()
  hash.set('a', '1')
  const copy = hash.copy()
  copy.set('a', '2')
  copy.set('b', '3')
  expect([...hash.entries]).toEqual([['a', '1']])
  expect(copy.size).toBe(2)
})

test('fields that are added and removed after the first random one are seen', () => {
  const hash = new Hash()
  hash.set('a', '1')
  expect(hash.sampler.pick()).toBe('a')
  hash.set('b', '2')
  hash.delete('a')
  hash.set('b', '3')
  expect(hash.sampler.sample(2)).toEqual(['b'])
})
