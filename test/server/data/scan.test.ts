import { describe, expect, test } from 'vitest'
import { readScanCursor, readScanOptions, scan, scanReply } from '../../../src/server/data/scan.ts'

const numbered = (count: number, prefix = 'key') => Array.from({ length: count }, (_, n) => `${prefix}:${n}`)

/** Scans to the end, and calls a function after each step. */
function scanAll(source: Set<string>, count: number, afterStep = (_cursor: number) => {}): string[] {
  const found: string[] = []
  let cursor = 0
  do {
    const page = scan(source, cursor, count)
    expect(page.cursor === 0 || page.cursor > cursor).toBe(true)
    cursor = page.cursor
    found.push(...page.keys)
    afterStep(cursor)
  } while (cursor !== 0)
  return found
}

describe('a scan', () => {
  test.each([0, 1, 9, 10, 11, 1_000, 5_000])('of %j unchanging keys returns each once', (size) => {
    const keys = numbered(size)
    expect(scanAll(new Set(keys), 10).sort()).toEqual([...keys].sort())
  })

  test('takes about as many steps as the count says', () => {
    let steps = 0
    scanAll(new Set(numbered(10_000)), 100, () => steps++)
    expect(steps).toBeGreaterThan(80)
    expect(steps).toBeLessThanOrEqual(100)
  })

  test('returns all that is there from begin to end, whatever is added and removed meanwhile', () => {
    const staying = numbered(1_000, 'staying')
    const source = new Set([...staying, ...numbered(1_000, 'leaving')])
    let added = 0
    const found = scanAll(source, 20, () => {
      for (let n = 0; n < 30; n++) source.add(`new:${added++}`)
      for (let n = 0; n < 30; n++) source.delete(`leaving:${Math.floor(Math.random() * 1_000)}`)
    })
    const returned = new Set(found)
    expect(staying.filter((key) => !returned.has(key))).toEqual([])
  })

  test('returns nothing that is gone', () => {
    const source = new Set(numbered(1_000))
    const first = scan(source, 0, 10)
    const left = [...source].filter((key) => !first.keys.includes(key))
    for (const key of left.slice(1)) source.delete(key)
    const rest: string[] = []
    for (let { cursor } = first; cursor !== 0; ) {
      const page = scan(source, cursor, 10)
      rest.push(...page.keys)
      cursor = page.cursor
    }
    expect(rest).toEqual(left.slice(0, 1))
  })

  test('goes on while another one begins and ends', () => {
    const keys = numbered(2_000)
    const source = new Set(keys)
    const found = scanAll(source, 10, (cursor) => {
      if (cursor % 7 === 0) expect(scanAll(source, 500)).toHaveLength(source.size)
      if (cursor % 5 === 0) source.add(`new:${cursor}`)
    })
    const returned = new Set(found)
    expect(keys.filter((key) => !returned.has(key))).toEqual([])
  })

  test('goes on where the collection has become small', () => {
    const source = new Set(numbered(1_000))
    const { cursor, keys } = scan(source, 0, 900)
    for (const key of keys) source.delete(key)
    const left = [...source]
    expect(scan(source, cursor, 900)).toEqual({ cursor: 0, keys: left })
  })

  test('past the end is at the end', () => {
    expect(scan(new Set(numbered(100)), 2 ** 40, 10)).toEqual({ cursor: 0, keys: [] })
  })
})

describe('a cursor', () => {
  test.each(['0', '42', '', '+5', '18446744073709551615'])('%j is one', (text) => {
    expect(readScanCursor(text)).toBe(Number(text))
  })

  test('that is negative is past the end', () => {
    expect(scan(new Set(numbered(100)), readScanCursor('-1'), 10)).toEqual({ cursor: 0, keys: [] })
  })

  test.each(['x', ' 1', '1 ', '1.5', '+', '18446744073709551616'])('%j is none', (text) => {
    expect(() => readScanCursor(text)).toThrow('ERR invalid cursor')
  })

  test('of a hundred thousand digits is none', () => {
    expect(() => readScanCursor('9'.repeat(100_000))).toThrow('ERR invalid cursor')
  })
})

describe('the options of a scan', () => {
  test('are a count, a pattern and a type', () => {
    const { count, matches, type } = readScanOptions(
      ['SCAN', '0', 'COUNT', '7', 'match', 'a*', 'TYPE', 'Hash'],
      2,
      true,
    )
    expect([count, matches('abc'), matches('bc'), type]).toEqual([7, true, false, 'hash'])
  })

  test.each([
    [['COUNT', 'x'], 'ERR value is not an integer or out of range'],
    [['COUNT', '0'], 'ERR syntax error'],
    [['COUNT'], 'ERR syntax error'],
    [['LIMIT', '1'], 'ERR syntax error'],
    [['TYPE', 'hash'], 'ERR syntax error'],
  ])('%j: %s', (options, message) => {
    expect(() => readScanOptions(options, 0)).toThrow(message)
  })
})

test('the reply has the cursor as a string', () => {
  expect(scanReply(5, ['a', 'bc'])).toBe('*2\r\n$1\r\n5\r\n*2\r\n$1\r\na\r\n$2\r\nbc\r\n')
})
