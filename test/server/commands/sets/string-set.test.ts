import fc from 'fast-check'
import { expect, test } from 'vitest'
import { StringSet } from '../../../../src/server/commands/sets/string-set.ts'
import { Config } from '../../../../src/server/config/config.ts'
import { EncodingLimits } from '../../../../src/server/config/encoding-limits.ts'

const limits = new EncodingLimits(new Config())

function setOf(...members: string[]): StringSet {
  const set = new StringSet()
  for (const member of members) set.add(member)
  return set
}

test('integers of 64 bits are in the order of the numbers', () => {
  fc.assert(
    fc.property(fc.array(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })), (numbers) => {
      const set = setOf(...numbers.map(String))
      const sorted = [...new Set(numbers)].sort((a, b) => (a < b ? -1 : 1))
      expect([...set.members(limits)]).toEqual(sorted.map(String))
    }),
  )
})

test('what is not written as Redis writes integers is none', () => {
  for (const text of ['', '-', '01', '-0', '+1', ' 1', '1.0', '9223372036854775808', '-9223372036854775809'])
    expect([text, setOf('1', text).encoding(limits)]).toEqual([text, 'hashtable'])
  for (const text of ['0', '-1', '9223372036854775807', '-9223372036854775808'])
    expect([text, setOf('1', text).encoding(limits)]).toEqual([text, 'intset'])
})

test('a set that was no small set of integers once is none any more', () => {
  const set = setOf('1', 'a')
  set.delete('a')
  expect(set.encoding(limits)).toBe('hashtable')
  expect(set.copy().encoding(limits)).toBe('hashtable')
  const large = new StringSet()
  for (let n = 0; n < 512; n++) large.add(String(n))
  expect(large.encoding(limits)).toBe('intset')
  large.add('512')
  large.delete('512')
  expect(large.encoding(limits)).toBe('hashtable')
})

test('a copy shares nothing with its set', () => {
  const set = setOf('1', '2')
  const copy = set.copy()
  copy.add('3')
  copy.delete('1')
  expect([...set.members(limits)]).toEqual(['1', '2'])
  expect([...copy.members(limits)]).toEqual(['2', '3'])
  expect(copy.bytes).toBe(set.bytes)
})

test('memory follows what is added and removed', () => {
  const set = new StringSet()
  const empty = set.bytes
  set.add('member')
  const { bytes } = set
  expect(bytes).toBeGreaterThan(empty + 6)
  set.add('member')
  expect(set.bytes).toBe(bytes)
  set.add('another')
  set.delete('another')
  set.delete('another')
  expect(set.bytes).toBe(bytes)
  set.delete('member')
  expect(set.bytes).toBe(empty)
})

test('members that are added and removed after the first random one are seen', () => {
  const set = setOf('1', '2')
  set.sampler.pick()
  set.add('3')
  set.delete('1')
  expect(set.sampler.sample(3).sort()).toEqual(['2', '3'])
})
