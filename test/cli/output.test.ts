import { expect, test } from 'vitest'
import { paintFor } from '../../src/cli/output/colour.ts'
import { type Column, printable, table } from '../../src/cli/output/table.ts'
import { bytes, counted, duration, percent } from '../../src/cli/output/units.ts'

test.each([
  [true, {}, true],
  [false, {}, false],
  [true, { NO_COLOR: '1' }, false],
  [true, { NO_COLOR: '' }, true],
  [true, { TERM: 'dumb' }, false],
  [false, { FORCE_COLOR: '1' }, true],
  [true, { FORCE_COLOR: '0' }, false],
  [true, { FORCE_COLOR: '1', NO_COLOR: '1' }, false],
])('a terminal: %s, with %j, has colours: %s', (isTTY, environment, expected) => {
  const text = paintFor({ isTTY, write: () => {} }, environment)('red', 'x')
  expect(text).toBe(expected ? '\u001b[31mx\u001b[39m' : 'x')
})

test('a table has aligned columns, and no control characters', () => {
  const rows = [
    { name: 'a\nb', count: '1' },
    { name: 'long name', count: '1,000' },
  ]
  const columns: Column<(typeof rows)[number]>[] = [
    { title: 'NAME', cell: ({ name }) => name },
    { title: 'N', cell: ({ count }) => count, align: 'right' },
  ]
  expect(table(columns, rows)).toBe('NAME           N\na\\x0ab         1\nlong name  1,000\n')
  expect(table(columns, [])).toBe('NAME  N\n')
  expect(printable('\u001b]0;x\u0007\u009b')).toBe('\\x1b]0;x\\x07\\x9b')
})

test('numbers have the unit that fits them', () => {
  expect(
    [0, 0.0004, 0.34, 1, 12.34, 999, 4_000, 119_000, 120_000, 7_200_000, 2 * 86_400_000].map(duration),
  ).toEqual(['0 ms', '0 us', '340 us', '1.0 ms', '12 ms', '999 ms', '4.0 s', '119 s', '2 m', '2 h', '2 d'])
  expect([-1_500, Number.POSITIVE_INFINITY].map(duration)).toEqual(['-1.5 s', 'forever'])
  expect([0, 999, 1_400, 30_000_000, 5e12].map(bytes)).toEqual(['0 B', '999 B', '1.4 KB', '30 MB', '5000 GB'])
  expect([percent(1, 3), percent(0, 0), counted(1, 'hit'), counted(2_000, 'miss', 'misses')]).toEqual([
    '33.3 %',
    '-',
    '1 hit',
    '2,000 misses',
  ])
})
