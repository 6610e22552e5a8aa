import { nearestOf } from '../../../options/nearest-name.ts'
import { type AstNode, type Extension, nunjucks, type Parser, type Token } from '../nunjucks.ts'
import { parseFragment } from './fragment-tag.ts'
import { parseHead } from './head-tag.ts'
import { inPlace, parseNoCache } from './nocache-tag.ts'
import { CACHE_EXTENSION, checkArgument, checkBody, endTag, TAGS, TagProblem } from './tag-checks.ts'

/** The arguments of a cache tag. */
export interface CacheTag {
  name: string
  parts: AstNode[]
  ttl: AstNode | null
  stale: AstNode | null
  until: AstNode | null
  allowEmpty: AstNode | null
  condition: AstNode | null
  tags: AstNode | null
  vary: AstNode | null
  bubble: AstNode | null
}

/**
 * A node that nunjucks takes for a leaf, so that it lifts nothing out of the body: `args` and
 * `body` are not among `fields`.
 */
const CacheNode = nunjucks.nodes.Node.extend('Cache', { fields: [] })

/**
 * Parses `{% cache name, ...parts, ttl=, stale=, until=, tags=, vary=, if=, bubble=, allowEmpty= %}
 * ... {% endcache %}`.
 * @param leaf false: a plain extension call, whose body nunjucks transforms with everything around
 * it, since it runs at its place
 */
export function cacheTag(leaf: boolean, asyncFilters: readonly string[]): Extension {
  const extension: Extension & { __name: string } = {
    __name: CACHE_EXTENSION,
    tags: [...TAGS],
    parse(parser, nodes) {
      const token = parser.nextToken()
      if (token.value === 'nocache') return parseNoCache(parser, token, asyncFilters)
      if (token.value === 'head') return parseHead(parser, token)
      if (token.value === 'fragment') return parseFragment(parser, token, asyncFilters)
      const args = parseArguments(parser, token)
      parser.advanceAfterBlockEnd(token.value)
      const body = parser.parseUntilBlocks('endcache', 'endnocache', 'endhead')
      endTag(parser, token, 'cache')
      const tag = readArguments(args, token)
      const title = `the cache tag "${tag.name}"`
      for (const node of [...tag.parts, ...optionsOf(tag)]) checkArgument(node, title, asyncFilters)
      checkBody(body, title)
      if (!leaf) return inlineNode(nodes, extension, token, args, body)
      return Object.assign(new CacheNode(token.lineno, token.colno), { args, body })
    },
  }
  return extension
}

/** Replaces nunjucks' message, which names a function of its parser. */
function parseArguments(parser: Parser, token: Token): AstNode {
  try {
    return parser.parseSignature(null, true)
  } catch (error) {
    if (!(error instanceof Error) || !error.message.includes('parseSignature')) throw error
    throw new TagProblem(
      token,
      'The arguments of a cache tag are separated by commas, and its options are written with =: {% cache "card", film.id, ttl="5m" %}',
    )
  }
}

/**
 * Returns the tag as nunjucks' own compiler gets it. Its code never runs: a template that a program
 * made is handed over before, and precompiled code with a cache tag is refused.
 */
export function plainCacheTag(asyncFilters: readonly string[]): Extension {
  const extension = cacheTag(false, asyncFilters)
  const { parse: parseTag } = extension
  extension.parse = (parser, nodes) => {
    try {
      const node = parseTag(parser, nodes)
      if (node.typename === 'Head') return node.body
      if (node.typename === 'Fragment') return inlineNode(nodes, extension, node, node.args)
      return node.typename === 'NoCache' ? inPlace(node) : node
    } catch (error) {
      if (!(error instanceof TagProblem)) throw error
      return parser.fail(error.message, error.lineno, 0)
    }
  }
  return extension
}

function inlineNode(
  nodes: Record<string, unknown>,
  extension: object,
  at: AstPosition,
  args: AstNode,
  ...bodies: AstNode[]
) {
  const CallExtension = nodes.CallExtension as new (
    ext: object,
    prop: string,
    args: AstNode,
    contents: AstNode[],
  ) => AstNode
  const node = new CallExtension(extension, 'run', args, bodies)
  node.lineno = at.lineno
  node.colno = at.colno
  return node
}

interface AstPosition {
  lineno: number
  colno: number
}

/** The options of a tag. */
export function optionsOf(tag: CacheTag): AstNode[] {
  return OPTION_NAMES.map((name) => tag[name]).filter((node) => node !== null)
}

const OPTION_NAMES = ['ttl', 'stale', 'until', 'condition', 'tags', 'vary', 'bubble', 'allowEmpty'] as const

/** Reads the arguments of a tag. */
export function readArguments(args: AstNode, at: { lineno: number }): CacheTag {
  const [name, ...rest] = args.children
  if (name?.typename !== 'Literal' || typeof name.value !== 'string' || name.value === '') {
    throw new TagProblem(
      at,
      'A cache tag must begin with its name, a string literal: {% cache "card", film.id, ttl="5m" %}',
    )
  }
  const tag: CacheTag = {
    name: name.value,
    parts: [],
    ttl: null,
    stale: null,
    until: null,
    allowEmpty: null,
    condition: null,
    tags: null,
    vary: null,
    bubble: null,
  }
  for (const arg of rest) {
    if (arg.typename !== 'KeywordArgs') {
      tag.parts.push(arg)
      continue
    }
    for (const pair of arg.children) readOption(tag, pair.key.value as string, pair.value as AstNode, at)
  }
  return tag
}

function readOption(tag: CacheTag, option: string, value: AstNode, at: { lineno: number }): void {
  const name = option === 'if' ? 'condition' : OPTION_NAMES.find((known) => known === option)
  if (name === undefined || option === 'condition') {
    const nearest = nearestOf(option, ['if', ...OPTION_NAMES.filter((known) => known !== 'condition')])
    const near = nearest === undefined ? '' : ` (did you mean "${nearest}"?)`
    throw new TagProblem(
      at,
      `The cache tag "${tag.name}" has no option "${option}"${near}: there are "ttl", "stale", "until", "tags", "vary", "if", ` +
        '"bubble" and "allowEmpty"',
    )
  }
  tag[name] = value
}
