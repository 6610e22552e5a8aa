import type { AstNode } from '../nunjucks.ts'
import { childrenOf } from './names.ts'

/** Source forms of operators. Groups are nodes of their own, so precedence does not matter. */
const BINARY: Readonly<Record<string, string>> = {
  Or: 'or',
  And: 'and',
  In: 'in',
  Is: 'is',
  Add: '+',
  Concat: '~',
  Sub: '-',
  Mul: '*',
  Div: '/',
  FloorDiv: '//',
  Mod: '%',
  Pow: '**',
}
const UNARY: Readonly<Record<string, string>> = { Not: 'not ', Neg: '-', Pos: '+' }

interface Operands extends AstNode {
  readonly left: AstNode
  readonly right: AstNode
  readonly ops: readonly { readonly expr: AstNode; readonly type: string }[]
}

/** Returns the source form of an expression: `product.id`, `user.name | upper`. */
export function expressionText(node: AstNode): string {
  const { typename, value, left, right } = node as Operands
  if (typename in BINARY) return `${expressionText(left)} ${BINARY[typename]} ${expressionText(right)}`
  if (typename in UNARY) return UNARY[typename] + expressionText(node.target)
  switch (typename) {
    case 'Symbol':
      return String(value)
    case 'Literal':
      return literalText(value)
    case 'LookupVal':
      return expressionText(node.target) + memberText(node.val)
    case 'FunCall':
      return `${expressionText(node.name)}(${listText(node.args)})`
    case 'Filter':
    case 'FilterAsync':
      return filterText(node)
    case 'Group':
      return `(${listText(node)})`
    case 'Array':
      return `[${listText(node)}]`
    case 'Dict':
      return `{${node.children.map((pair) => pairText(pair, ': ')).join(', ')}}`
    case 'KeywordArgs':
      return node.children.map((pair) => pairText(pair, '=')).join(', ')
    case 'Compare':
      return (node as Operands).ops.reduce(
        (text, { expr, type }) => `${text} ${type} ${expressionText(expr)}`,
        expressionText(node.expr),
      )
    case 'InlineIf': {
      const otherwise = node.else_ ? ` else ${expressionText(node.else_)}` : ''
      return `${expressionText(node.body)} if ${expressionText(node.cond)}${otherwise}`
    }
    default:
      return childrenOf(node).map(expressionText).join(' ')
  }
}

function literalText(value: unknown): string {
  if (value === null) return 'none'
  if (value instanceof RegExp) return `r${value}`
  return JSON.stringify(value) ?? String(value)
}

function pairText({ key, value }: AstNode, separator: string): string {
  const name = separator === '=' ? String(key.value) : expressionText(key)
  return `${name}${separator}${expressionText(value as AstNode)}`
}

function memberText(member: AstNode): string {
  const isName = member.typename === 'Literal' && /^[A-Za-z_$][\w$]*$/.test(String(member.value))
  return isName ? `.${member.value}` : `[${expressionText(member)}]`
}

function filterText({ name, args }: AstNode): string {
  const [input, ...rest] = args.children
  const given = rest.length > 0 ? `(${rest.map(expressionText).join(', ')})` : ''
  return `${input ? expressionText(input) : ''} | ${name.value}${given}`
}

function listText(list: AstNode): string {
  return list.children.map(expressionText).join(', ')
}
