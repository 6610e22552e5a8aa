import type { AstNode } from '../nunjucks.ts'
import { childrenOf } from '../syntax/names.ts'

/** Nodes that may be evaluated once more: nothing that a program has made is called by them. */
const PURE = new Set([
  ...['Literal', 'Symbol', 'LookupVal', 'Group', 'Array', 'Dict', 'Pair', 'NodeList'],
  ...['InlineIf', 'Or', 'And', 'Not', 'In', 'Compare', 'CompareOperand', 'Concat'],
  ...['Add', 'Sub', 'Mul', 'Div', 'FloorDiv', 'Mod', 'Pow', 'Neg', 'Pos'],
])

/** Filters of nunjucks that change nothing, and give the same for the same. */
const PURE_FILTERS = new Set([
  ...[
    'abs',
    'capitalize',
    'default',
    'd',
    'dump',
    'escape',
    'e',
    'first',
    'float',
    'int',
    'join',
    'last',
    'length',
  ],
  ...['lower', 'replace', 'round', 'safe', 'string', 'title', 'trim', 'truncate', 'upper', 'urlencode'],
])

/** Says whether a part of a key may be evaluated once more, when the body has run. */
export function isRepeatable(part: AstNode): boolean {
  if (part.typename === 'Filter')
    return PURE_FILTERS.has(part.name.value as string) && isRepeatable(part.args)
  if (!PURE.has(part.typename)) return false
  return childrenOf(part).every(isRepeatable)
}
