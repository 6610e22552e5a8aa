import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseQuery, type QueryNode } from '../../../src/toolkit/text/query/parse-query.ts'

/** Shows a tree: `(and a (not b) "c d" e*)`. */
function shown(node: QueryNode | undefined): string {
  if (!node) return ''
  if (node.kind === 'word') return node.text
  if (node.kind === 'phrase') return `"${node.text}"`
  if (node.kind === 'not') return `(not ${shown(node.part)})`
  return `(${node.kind} ${node.parts.map(shown).join(' ')})`
}

describe('a query', () => {
  test.each([
    // Words
    ['', ''],
    ['  \t\n', ''],
    ['star', 'star'],
    ['star wars', '(and star wars)'],
    ['star wars episode', '(and star wars episode)'],
    ['and or not', '(and and or not)'],
    ['foo-bar', 'foo-bar'],
    ['!!! ??', ''],
    ['war & peace', '(and war peace)'],
    // Operators
    ['a AND b', '(and a b)'],
    ['a OR b', '(or a b)'],
    ['a | b', '(or a b)'],
    ['a|b', '(or a b)'],
    ['a&b', '(and a b)'],
    ['a && b || c', '(or (and a b) c)'],
    ['a OR b c', '(or a (and b c))'],
    ['a b OR c d', '(or (and a b) (and c d))'],
    ['a OR b OR c', '(or a b c)'],
    ['a NOT b', '(and a (not b))'],
    ['NOT a b', '(and (not a) b)'],
    ['a -b', '(and a (not b))'],
    ['-a', '(not a)'],
    ['--a', '--a'],
    ['a - b', '(and a b)'],
    ['NOT NOT a', 'a'],
    ['a -(b OR c)', '(and a (not (or b c)))'],
    ['(-a b)', '(and (not a) b)'],
    ['a|-b', '(or a (not b))'],
    // Parentheses
    ['green AND (bar OR mickey OR nize)', '(and green (or bar mickey nize))'],
    ['zaizee OR (blue AND nug) OR (green AND bar)', '(or zaizee (and blue nug) (and green bar))'],
    ['(a)(b)', '(and a b)'],
    ['((a))', 'a'],
    ['()', ''],
    ['a () b', '(and a b)'],
    // Phrases and prefixes
    ['"star wars"', '"star wars"'],
    ['"star wars" episode', '(and "star wars" episode)'],
    ['-"star wars" episode', '(and (not "star wars") episode)'],
    ['“star wars” «война и мир»', '(and "star wars" "война и мир")'],
    ['"a OR b"', '"a OR b"'],
    ['star*', 'star*'],
    ['* a', 'a'],
    // Halves
    ['AND', 'AND'],
    ['OR NOT', '(and OR NOT)'],
    ['AND a', 'a'],
    ['a OR', 'a'],
    ['a AND OR b', '(or a b)'],
    ['a OR AND b', '(or a b)'],
    ['a NOT', 'a'],
    ['a NOT OR b', '(or a b)'],
    ['&', ''],
    ['-', ''],
    ['"', ''],
    ['""', '""'],
    ['a"b c', '(and a b c)'],
    ['"star wa', '(and star wa)'],
    ['"a b" c"d', '(and "a b" c d)'],
    ['(', ''],
    ['(a b', '(and a b)'],
    ['(blue AND (baz OR (nug OR huey OR mickey))', '(and blue (or baz nug huey mickey))'],
    ['a) b', '(and a b)'],
    [')))', ''],
    ['a OR ) b', '(and a b)'],
  ])('%j is %j', (query, tree) => {
    expect(shown(parseQuery(query))).toBe(tree)
  })

  test('tells words from the beginnings of words', () => {
    const prefixes = (query: string) => {
      const node = parseQuery(query)
      return node?.kind === 'and' && node.parts.map((part) => part.kind === 'word' && part.prefix)
    }
    expect(prefixes('star star* wo*rd ё*')).toEqual([false, true, false, true])
  })

  test('that is far too long is read in part', () => {
    const parts = (node: QueryNode | undefined) => (node?.kind === 'and' ? node.parts.length : 0)
    expect(parts(parseQuery('word '.repeat(100_000)))).toBe(128)
    expect(shown(parseQuery('x'.repeat(1_000_000)))).toHaveLength(10_000)
    expect(shown(parseQuery(`${'('.repeat(100)}a b${')'.repeat(20)} OR c`))).toMatch(/a.*b/)
    expect(parseQuery('('.repeat(1_000_000))).toBeUndefined()
    expect(shown(parseQuery(`${'NOT '.repeat(101)}a`))).toBe('(not a)')
  })

  test('never throws, and keeps its words', () => {
    const piece = fc.constantFrom('a', 'b*', '"', '(', ')', 'AND', 'OR', 'NOT', '-', '&', '|', '"c d"', ' ')
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const query = pieces.join(' ')
        const found = shown(parseQuery(query))
        if (/[ab]/.test(query)) expect(found).not.toBe('')
      }),
      { numRuns: 2_000 },
    )
    fc.assert(fc.property(fc.string({ maxLength: 60 }), (query) => void parseQuery(query)))
  })
})
