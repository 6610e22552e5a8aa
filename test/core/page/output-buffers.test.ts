import { expect, test } from 'vitest'
import { reuseBuffer, takeBuffer } from '../../../src/core/page/output-buffers.ts'

const placeOf = ({ buffer, byteOffset }: Buffer) => ({ buffer, byteOffset })

test.each([0, 1, 1023, 1024, 1025, 48_000, 131_072, 131_073, 3_000_000])('takes %i bytes', (length) => {
  expect(takeBuffer(length)).toHaveLength(length)
})

test('takes memory that nothing else has', () => {
  const taken = Array.from({ length: 100 }, (_, n) => takeBuffer(500 + n * 97).fill(n))
  for (const [n, buffer] of taken.entries()) expect(buffer.every((byte) => byte === n)).toBe(true)
})

test('reuses the buffer that was released last, for a page of about the same size', () => {
  const first = takeBuffer(48_000)
  const last = takeBuffer(48_500)
  reuseBuffer(first)
  reuseBuffer(last)
  const again = takeBuffer(48_100)
  expect(placeOf(again)).toEqual(placeOf(last))
  expect(again).toHaveLength(48_100)
  expect(placeOf(takeBuffer(48_900))).toEqual(placeOf(first))
})

test('takes no memory that is smaller than the page', () => {
  const small = takeBuffer(2_000)
  const beside = takeBuffer(2_000).fill(1)
  reuseBuffer(small)
  takeBuffer(9_000).fill(2)
  expect(beside.every((byte) => byte === 1)).toBe(true)
})

test('keeps two megabytes at most', () => {
  const all = Array.from({ length: 40 }, () => takeBuffer(100_000))
  for (const buffer of all) reuseBuffer(buffer)
  const given = new Set(
    all.map(({ buffer, byteOffset }) => `${all.findIndex((one) => one.buffer === buffer)}:${byteOffset}`),
  )
  const again = Array.from({ length: 40 }, () => takeBuffer(100_000)).filter(({ buffer, byteOffset }) =>
    given.has(`${all.findIndex((one) => one.buffer === buffer)}:${byteOffset}`),
  )
  expect(again.length).toBeGreaterThan(10)
  expect(again.length * 100_000).toBeLessThanOrEqual(2 * 1024 * 1024)
})
