import { type AstNode, nunjucks, type Parser, type Token } from '../nunjucks.ts'
import { namedValues } from './names.ts'
import { checkArgument, TagProblem } from './tag-checks.ts'

/**
 * A node that nunjucks takes for a leaf, as the cache tag is: nothing is lifted out of its
 * arguments.
 */
const FragmentNode = nunjucks.nodes.Node.extend('Fragment', { fields: [] })

const USAGE = '{% fragment "sidebar", id=film.id %}'

/** The arguments of a `{% fragment %}`. */
export interface FragmentTag {
  readonly name: string
  /** The values of its parameters, by name. */
  readonly params: Readonly<Record<string, AstNode>>
}

/** Parses `{% fragment name, param=value, ... %}` after its first word. It has no body. */
export function parseFragment(parser: Parser, token: Token, asyncFilters: readonly string[]): AstNode {
  const args = signature(parser, token)
  parser.advanceAfterBlockEnd(token.value)
  const { name, params } = readFragmentTag(args, token)
  for (const value of Object.values(params)) checkArgument(value, `the tag ${titleOf(name)}`, asyncFilters)
  return Object.assign(new FragmentNode(token.lineno, token.colno), { args })
}

/** Replaces nunjucks' message, which names a function of its parser. */
function signature(parser: Parser, token: Token): AstNode {
  try {
    return parser.parseSignature(null, true)
  } catch (error) {
    if (!(error instanceof Error) || !error.message.includes('parseSignature')) throw error
    throw new TagProblem(token, `The arguments of {% fragment %} are separated by commas: ${USAGE}`)
  }
}

function titleOf(name: string): string {
  return `{% fragment "${name}" %}`
}

/** Reads the arguments of a tag. */
export function readFragmentTag(args: AstNode, at: { lineno: number }): FragmentTag {
  const [name, ...rest] = args.children
  if (name?.typename !== 'Literal' || typeof name.value !== 'string' || name.value === '') {
    throw new TagProblem(at, `A {% fragment %} begins with its name, a literal text: ${USAGE}`)
  }
  const unnamed = rest.find(({ typename }) => typename !== 'KeywordArgs')
  if (unnamed) {
    throw new TagProblem(unnamed, `The parameters of ${titleOf(name.value)} are given by name: ${USAGE}`)
  }
  const pairs = rest.flatMap(({ children }) => children)
  const names = pairs.map((pair) => pair.key.value as string)
  const twice = names.find((one, n) => names.indexOf(one) !== n)
  if (twice !== undefined)
    throw new TagProblem(at, `${titleOf(name.value)} has the parameter "${twice}" twice`)
  if (names.includes('__proto__'))
    throw new TagProblem(at, `${titleOf(name.value)} has a parameter "__proto__", which is not a name`)
  return { name: name.value, params: namedValues(args) }
}
