import { describe, expect, test } from 'vitest'
import { globMatcher } from '../../../src/server/data/glob.ts'

const matches = (pattern: string, text: string) => globMatcher(pattern)(text)

describe('a glob pattern', () => {
  test.each([
    ['user:7', 'user:7', true],
    ['user:7', 'user:70', false],
    ['user:*', 'user:', true],
    ['user:*', 'user', false],
    ['*:7', 'user:7', true],
    ['*:7', 'user:71', false],
    ['a*b*c', 'a1b2b3c', true],
    ['a*b*c', 'a1b2b3', false],
    ['a**c', 'ac', true],
    ['h?llo', 'hello', true],
    ['h?llo', 'hllo', false],
    ['h[ae]llo', 'hallo', true],
    ['h[ae]llo', 'hillo', false],
    ['h[^e]llo', 'hallo', true],
    ['h[^e]llo', 'hello', false],
    ['h[a-c]llo', 'hbllo', true],
    ['h[c-a]llo', 'hbllo', true],
    ['h[a-c]llo', 'hdllo', false],
    ['h\\?llo', 'h?llo', true],
    ['h\\?llo', 'hello', false],
    ['[\\]]', ']', true],
    ['[\\^a]', '^', true],
    ['[a-]', 'a', true],
    ['[a-]', '_', true],
    ['[a', 'a', true],
    ['[', '[', false],
    ['[^', 'x', true],
    ['\\', '\\', true],
    ['', '', true],
    ['*', '', true],
    ['**', '', false],
    ['a*', '', false],
    ['[\x80-\x05]', '\x00', true],
    ['[\x80-\x05]', '\x7f', false],
  ])('%j on %j: %j', (pattern, text, expected) => {
    expect(matches(pattern, text)).toBe(expected)
  })

  test('ignores the case of ASCII letters where it is told to', () => {
    expect(globMatcher('MAX*', true)('maxmemory')).toBe(true)
    expect(globMatcher('max[A-Z]emory', true)('MAXMEMORY')).toBe(true)
    expect(globMatcher('\xc9', true)('\xe9')).toBe(false)
    expect(globMatcher('MAX*')('maxmemory')).toBe(false)
  })

  test('with many stars takes no exponential time', () => {
    const text = 'a'.repeat(10_000)
    expect(matches(`${'a*'.repeat(200)}b`, text)).toBe(false)
    expect(matches(`${'*?'.repeat(200)}`, text)).toBe(true)
  })

  test('may be very long', () => {
    const text = 'x'.repeat(200_000)
    expect(matches(text, text)).toBe(true)
    expect(matches(`${text}*`, `${text}y`)).toBe(true)
    expect(matches(text, `${text}y`)).toBe(false)
  })
})
