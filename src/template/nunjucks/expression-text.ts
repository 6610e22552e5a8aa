import { childrenOf } from './names.ts'
import type { AstNode } from './nunjucks.ts'

/** Returns an expression as a template writes it, for error messages: `product.id`, `user.name | upper`. */
export function expressionText(node: AstNode): string {
  const { typename, value } = node
  switch (typename) {
    case 'Symbol':
      return String(value)
    case 'Literal':
      return JSON.stringify(value) ?? String(value)
    case 'LookupVal':
      return expressionText(node.target) + memberText(node.val)
    case 'FunCall':
      return `${expressionText(node.name)}(${listText(node.args)})`
    case 'Filter':
    case 'FilterAsync':
      return filterText(node)
    case 'Group':
      return `(${listText(node)})`
    case 'Concat':
    case 'Add': {
      const { left, right } = node as unknown as { left: AstNode; right: AstNode }
      return `${expressionText(left)} ${typename === 'Add' ? '+' : '~'} ${expressionText(right)}`
    }
    case 'InlineIf': {
      const otherwise = node.else_ ? ` else ${expressionText(node.else_)}` : ''
      return `${expressionText(node.body)} if ${expressionText(node.cond)}${otherwise}`
    }
    default:
      return childrenOf(node).map(expressionText).join(' ')
  }
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
