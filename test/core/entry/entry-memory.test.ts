import { expect, test } from 'vitest'
import { takeEntryMemory } from '../../../src/core/entry/entry-memory.ts'

test('gives memory side by side, none of it twice', () => {
  const taken = Array.from({ length: 2_000 }, (_, n) => takeEntryMemory(1 + ((n * 37) % 3_000)))
  for (const [n, some] of taken.entries()) some.fill(n % 251)
  for (const [n, some] of taken.entries()) expect(some.every((byte) => byte === n % 251)).toBe(true)
  const beside = taken.filter((some, n) => {
    const before = taken[n - 1]
    return before?.buffer === some.buffer && before.byteOffset + before.length === some.byteOffset
  })
  expect(beside.length).toBeGreaterThan(1_900)
})

test('gives a large entry memory of its own', () => {
  const large = takeEntryMemory(300_000)
  expect([large.length, large.buffer.byteLength]).toEqual([300_000, 300_000])
})
