import { expect, test } from 'vitest'
import { ByteString } from '../../../src/server/data/byte-string.ts'

test.each([0, 4_096, 10_000, 100_000])('is zero behind its text, first extended to %s', (first) => {
  const text = '\xff'.repeat(5_000)
  const string = new ByteString(text, first)
  expect(string.toString()).toBe(text)
  let expected = text
  for (const length of [first, 10_000, 10_001, 30_000, 200_000]) {
    string.extend(length)
    expected = expected.padEnd(length, '\0')
    expect(string.toString() === expected).toBe(true)
    expect(string.bytes.length).toBe(expected.length)
  }
})
