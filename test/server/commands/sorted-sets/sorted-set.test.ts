import { expect, test } from 'vitest'
import { SortedSet } from '../../../../src/server/commands/sorted-sets/sorted-set.ts'
import { Config } from '../../../../src/server/config/config.ts'
import { EncodingLimits } from '../../../../src/server/config/encoding-limits.ts'

const limits = new EncodingLimits(new Config())

test('counts its memory up and down', () => {
  const set = new SortedSet()
  const empty = set.bytes
  set.set('member', 1)
  const { bytes } = set
  expect(bytes).toBeGreaterThan(empty + 'member'.length)
  set.set('member', 2)
  expect(set.bytes).toBe(bytes)
  set.delete('member')
  expect(set.bytes).toBe(empty)
})

test('is a listpack until it has once been too large for one', () => {
  const set = new SortedSet()
  for (let n = 0; n < 128; n++) set.set(`m${n}`, n)
  expect(set.encoding(limits)).toBe('listpack')
  set.set('one more', 0)
  expect(set.encoding(limits)).toBe('skiplist')
  set.delete('one more')
  expect(set.encoding(limits)).toBe('skiplist')
  expect(set.copy().encoding(limits)).toBe('skiplist')

  const long = new SortedSet()
  long.set('m'.repeat(64), 0)
  expect(long.encoding(limits)).toBe('listpack')
  long.set('m'.repeat(65), 0)
  expect(long.encoding(limits)).toBe('skiplist')
})

test('a copy shares nothing', () => {
  const set = SortedSet.of([
    { member: 'a', score: 1 },
    { member: 'b', score: 2 },
  ])
  const copy = set.copy()
  set.set('a', 3)
  set.delete('b')
  expect([...copy].map(({ member, score }) => [member, score])).toEqual([
    ['a', 1],
    ['b', 2],
  ])
  expect(copy.rank('b')).toBe(1)
  expect(copy.bytes).toBeGreaterThan(set.bytes)
})

test('knows ranks of members only', () => {
  const set = new SortedSet()
  set.set('a', 5)
  set.set('b', 1)
  expect(set.rank('a')).toBe(1)
  expect(set.rank('b')).toBe(0)
  expect(set.rank('c')).toBeUndefined()
  expect(set.score('c')).toBeUndefined()
})
