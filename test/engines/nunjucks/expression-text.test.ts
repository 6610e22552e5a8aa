import nunjucks from 'nunjucks'
import { expect, test } from 'vitest'
import type { AstNode, Environment } from '../../../src/engines/nunjucks/nunjucks.ts'
import { expressionText } from '../../../src/engines/nunjucks/syntax/expression-text.ts'
import { parseTemplate } from '../../../src/engines/nunjucks/syntax/parse.ts'

const ENV = new nunjucks.Environment(null) as unknown as Environment

function written(expression: string): string {
  const root = parseTemplate(`{{ ${expression} }}`, ENV, false)
  return expressionText(root.children[0]?.children[0] as AstNode)
}

test.each([
  'a',
  'a.b.c',
  'a["b c"][d]',
  'a[0]',
  'f(a, "b", c=1)',
  'a | upper',
  'a | default("x", true) | safe',
  'a ~ "-" ~ b',
  'a + b - c * d / e // f % g ** h',
  '(a or b) and not c',
  'a == 1 and b != "x"',
  'a === b',
  'a < b',
  'a in [1, 2, "three"]',
  'a is defined',
  '{"a": 1, "b": [true, false, none]}',
  'a if b else "c\\"d\\n"',
  'a if b',
  '-a',
  'r/^x/g',
])('%s is written as it was', (expression) => {
  expect(written(expression)).toBe(expression)
})
