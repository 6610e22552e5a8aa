import { type AstNode, nunjucks, type Parser, type Token } from '../nunjucks.ts'
import { endTag, TagProblem } from './tag-checks.ts'

/**
 * A node that nunjucks takes for a leaf, so that it does not rebuild it. The body is code of the
 * place it stands in.
 */
const HeadNode = nunjucks.nodes.Node.extend('Head', { fields: [] })

/** Parses `{% head %} ... {% endhead %}` after its first word. */
export function parseHead(parser: Parser, token: Token): AstNode {
  const next = parser.peekToken()
  if (next && next.type !== 'block-end') {
    throw new TagProblem(token, `{% head %} takes nothing: write {% head %}, not {% head ${next.value} %}`)
  }
  parser.advanceAfterBlockEnd(token.value)
  const body = parser.parseUntilBlocks('endhead', 'endcache', 'endnocache')
  endTag(parser, token, 'head')
  return Object.assign(new HeadNode(token.lineno, token.colno), { body })
}
