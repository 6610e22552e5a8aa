import { childrenOf, walk } from './names.ts'
import { type AstNode, type Extension, nunjucks, type Parser, type Token } from './nunjucks.ts'

/** The name under which the tag is registered in an environment. */
export const CACHE_EXTENSION = 'onetrip'

/** What a cache tag says. */
export interface CacheTag {
  name: string
  parts: AstNode[]
  ttl: AstNode | null
  condition: AstNode | null
  tags: AstNode | null
  vary: AstNode | null
}

/** A tag that cannot work; the template's name is added where it is known. */
export class TagProblem extends Error {
  readonly lineno: number
  readonly notYet: boolean

  constructor(node: { lineno: number }, message: string, notYet = false) {
    super(message)
    this.lineno = node.lineno
    this.notYet = notYet
  }
}

/**
 * A leaf for nunjucks, which transforms trees: what is inside must not be lifted out. `args` and `body` are
 * therefore no `fields`.
 */
const CacheNode = nunjucks.nodes.Node.extend('Cache', { fields: [] })

/**
 * Parses `{% cache name, ...parts, ttl=, if= %} ... {% endcache %}`.
 * @param leaf false: a plain extension call, whose body nunjucks transforms with everything around it, since
 * it runs at its place
 */
export function cacheTag(leaf: boolean, asyncFilters: readonly string[]): Extension {
  const extension: Extension & { __name: string } = {
    __name: CACHE_EXTENSION,
    tags: ['cache', 'nocache'],
    parse(parser, nodes) {
      const token = parser.nextToken()
      if (token.value === 'nocache') throw new TagProblem(token, '{% nocache %}', true)
      const args = parser.parseSignature(null, true)
      parser.advanceAfterBlockEnd(token.value)
      const body = parser.parseUntilBlocks('endcache')
      endTag(parser, token)
      const tag = readArguments(args, token)
      for (const node of [...tag.parts, tag.ttl, tag.condition, tag.tags, tag.vary])
        if (node) checkArgument(node, tag, asyncFilters)
      checkBody(body, tag)
      if (!leaf) return inlineNode(nodes, extension, token, args, body)
      return Object.assign(new CacheNode(token.lineno, token.colno), { args, body })
    },
  }
  return extension
}

/** The tag in templates that we do not compile (`new nunjucks.Template`): its body runs, uncached. */
export function plainCacheTag(asyncFilters: readonly string[]): Extension {
  return Object.assign(cacheTag(false, asyncFilters), {
    run: (...args: unknown[]) => new nunjucks.runtime.SafeString((args.at(-1) as () => string)()),
  })
}

function inlineNode(
  nodes: Record<string, unknown>,
  extension: object,
  at: AstPosition,
  args: AstNode,
  body: AstNode,
) {
  const CallExtension = nodes.CallExtension as new (
    ext: object,
    prop: string,
    args: AstNode,
    contents: AstNode[],
  ) => AstNode
  const node = new CallExtension(extension, 'run', args, [body])
  node.lineno = at.lineno
  node.colno = at.colno
  return node
}

interface AstPosition {
  lineno: number
  colno: number
}

function endTag(parser: Parser, begin: Token): void {
  const end = parser.nextToken()
  if (!end) throw new TagProblem(begin, 'A cache tag is not closed: {% endcache %} is missing')
  const next = parser.peekToken()
  if (next && next.type !== 'block-end') {
    throw new TagProblem(
      end,
      `{% endcache %} takes no name: write {% endcache %}, not {% endcache ${next.value} %}`,
    )
  }
  parser.advanceAfterBlockEnd(end.value)
}

const LATER = ['stale', 'until', 'bubble']

/** Takes a tag's arguments apart. */
export function readArguments(args: AstNode, at: { lineno: number }): CacheTag {
  const [name, ...rest] = args.children
  if (name?.typename !== 'Literal' || typeof name.value !== 'string' || name.value === '') {
    throw new TagProblem(
      at,
      'A cache tag begins with its name, a literal text: {% cache "card", film.id, ttl="5m" %}',
    )
  }
  const tag: CacheTag = { name: name.value, parts: [], ttl: null, condition: null, tags: null, vary: null }
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
  if (option === 'ttl') tag.ttl = value
  else if (option === 'if') tag.condition = value
  else if (option === 'tags') tag.tags = value
  else if (option === 'vary') tag.vary = value
  else if (LATER.includes(option))
    throw new TagProblem(at, `"${option}=" of the cache tag "${tag.name}"`, true)
  else {
    throw new TagProblem(
      at,
      `The cache tag "${tag.name}" has no option "${option}": there are "ttl", "tags", "vary" and "if"`,
    )
  }
}

function checkArgument(argument: AstNode, tag: CacheTag, asyncFilters: readonly string[]): void {
  walk(argument, (node) => {
    if (node.typename === 'Filter' && asyncFilters.includes(node.name.value as string)) {
      throw new TagProblem(
        node,
        `The cache tag "${tag.name}" has the async filter "${node.name.value}" in its arguments: ` +
          'set a variable before the tag, and name that',
      )
    }
    if (isCallOf(node, 'super')) {
      throw new TagProblem(node, `The cache tag "${tag.name}" has super() in its arguments, which is no key`)
    }
    return true
  })
}

/** Refuses what cannot work in a body that may never run, or may run after the code around it. */
function checkBody(body: AstNode, tag: CacheTag): void {
  const refuse = (node: AstNode, what: string, instead: string) => {
    throw new TagProblem(node, `${what} cannot stand inside the cache tag "${tag.name}": ${instead}`)
  }
  const descend = (node: AstNode): void => {
    if (node.typename === 'Block') refuse(node, '{% block %}', 'put the cache tag inside the block')
    if (node.typename === 'Extends') refuse(node, '{% extends %}', 'it belongs at the top of the template')
    if (isCallOf(node, 'caller')) {
      refuse(node, 'caller()', 'its text may differ each time; put the cache tag inside the {% call %}')
    }
    // A macro's own caller() is another one.
    if (node.typename !== 'Macro') for (const child of childrenOf(node)) descend(child)
  }
  descend(body)
}

function isCallOf(node: AstNode, name: string): boolean {
  return node.typename === 'FunCall' && node.name.typename === 'Symbol' && node.name.value === name
}

/** A macro or an import that only a body makes is not there on a hit: its use outside is refused. */
export function checkUseOutside(tree: AstNode, isTag: (node: AstNode) => boolean): void {
  const inside = new Map<string, AstNode>()
  const outside = new Set<string>()
  const reads = new Map<string, AstNode>()
  const descend = (node: AstNode, within: boolean): void => {
    for (const name of definedNames(node)) {
      if (within) inside.set(name, node)
      else outside.add(name)
    }
    if (!within && isCallOfSymbol(node)) reads.set(node.name.value as string, node)
    for (const child of childrenOf(node)) descend(child, within || isTag(node))
  }
  descend(tree, false)
  for (const [name, node] of reads) {
    const made = inside.get(name)
    if (!made || outside.has(name)) continue
    throw new TagProblem(
      node,
      `"${name}" is made inside a cache tag (line ${made.lineno + 1}) and used outside of it, where it is not known ` +
        'on a hit: make it before the tag',
    )
  }
}

function definedNames(node: AstNode): string[] {
  if (node.typename === 'Macro') return [node.name.value as string]
  if (node.typename === 'Set') return node.targets.map((target) => target.value as string)
  return []
}

function isCallOfSymbol(node: AstNode): boolean {
  return node.typename === 'FunCall' && node.name.typename === 'Symbol'
}
