import { type AstNode, nunjucks, type Parser, type Token } from '../nunjucks.ts'
import { expressionText } from './expression-text.ts'
import { childrenOf, freeNames, importedNames, loopNames, namedValues } from './names.ts'
import { checkArgument, endTag, refuseInside, TagProblem } from './tag-checks.ts'

/**
 * A node that nunjucks takes for a leaf, as the cache tag is: its body runs apart from the code
 * around it.
 */
const NoCacheNode = nunjucks.nodes.Node.extend('NoCache', { fields: [] })

/** Parses `{% nocache name=value, ... %} ... {% endnocache %}` after its first word. */
export function parseNoCache(parser: Parser, token: Token, asyncFilters: readonly string[]): AstNode {
  const args = parser.parseSignature(null, true)
  parser.advanceAfterBlockEnd(token.value)
  const body = parser.parseUntilBlocks('endnocache', 'endcache', 'endhead')
  endTag(parser, token, 'nocache')
  const unnamed = args.children.find(({ typename }) => typename !== 'KeywordArgs')
  if (unnamed) {
    throw new TagProblem(
      unnamed,
      'A {% nocache %} takes what it needs from around it by name: {% nocache id=film.id %}{{ id }}{% endnocache %}',
    )
  }
  for (const value of Object.values(namedValues(args))) checkArgument(value, NOCACHE, asyncFilters)
  refuseInside(body, NOCACHE)
  return Object.assign(new NoCacheNode(token.lineno, token.colno), { args, body })
}

const NOCACHE = '{% nocache %}'

/** Makes a tag around a value that is printed. */
export function holeAround(value: AstNode): AstNode {
  const { lineno, colno } = value
  const { NodeList, Output } = nunjucks.nodes as unknown as Record<'NodeList' | 'Output', ListClass>
  const body = new NodeList(lineno, colno, [new Output(lineno, colno, [value])])
  return Object.assign(new NoCacheNode(lineno, colno), { args: new NodeList(lineno, colno, []), body })
}

type ListClass = new (lineno: number, colno: number, children: AstNode[]) => AstNode

/**
 * Returns the tag as nunjucks' own compiler gets it: its body runs in place, with its values as
 * variables of loops of one turn.
 */
export function inPlace({ args, body }: AstNode): AstNode {
  const { For, NodeList, Array: List, Symbol: Name } = nunjucks.nodes
  return Object.entries(namedValues(args)).reduceRight((inner, [name, value]) => {
    const { lineno, colno } = value
    const once = new (List as typeof NodeList)(lineno, colno, [value])
    return new NodeList(lineno, colno, [
      new (For as typeof NodeList)(lineno, colno, once, new Name(lineno, colno, name), inner),
    ])
  }, body)
}

/**
 * Returns the macros and imports at the top of a template, by name: a hole runs those again that it
 * uses.
 */
export type TopDefinitions = ReadonlyMap<string, AstNode>

export function topDefinitions(root: AstNode): TopDefinitions {
  const definitions = new Map<string, AstNode>()
  for (const node of root.children.flatMap((child) =>
    // Where nunjucks lifted an asynchronous filter out, the statement stands in a list with it.
    child.typename === 'NodeList' ? child.children : [child],
  )) {
    for (const name of definedNames(node)) definitions.set(name, node)
  }
  return definitions
}

function definedNames(node: AstNode): string[] {
  if (node.typename === 'Macro') return [node.name.value as string]
  if (node.typename === 'Import') return [node.target.value as string]
  return node.typename === 'FromImport' ? importedNames(node) : []
}

/** The code that a hole needs of its template. */
export interface HoleNeeds {
  /** Macros and imports at the top, in order. */
  readonly definitions: readonly AstNode[]
  /** All other names that are read and are not arguments: the page's data may have them. */
  readonly names: readonly string[]
}

export function needsOf({ args, body }: AstNode, top: TopDefinitions): HoleNeeds {
  const given = namedValues(args)
  const definitions = new Set<AstNode>()
  const names = new Set<string>()
  const need = (read: Iterable<string>) => {
    for (const name of read) {
      const definition = top.get(name)
      if (!definition) names.add(name)
      else if (!definitions.has(definition)) {
        definitions.add(definition)
        need(freeNames(definition).keys())
      }
    }
  }
  need([...freeNames(body).keys()].filter((name) => !Object.hasOwn(given, name)))
  return {
    definitions: [...new Set(top.values())].filter((node) => definitions.has(node)),
    names: [...names],
  }
}

/**
 * Refuses holes that read a name which the template around them binds: on a hit that code does not
 * run.
 */
export function checkHoles(root: AstNode): void {
  const top = topDefinitions(root)
  descend(root, [])

  function descend(node: AstNode, scopes: readonly Set<string>[]): void {
    if (node.typename === 'NoCache') checkHole(node, scopes)
    const within = isScope(node) ? [...scopes, boundIn(node)] : scopes
    for (const child of childrenOf(node)) descend(child, within)
  }

  function checkHole(node: AstNode, scopes: readonly Set<string>[]): void {
    const { definitions, names } = needsOf(node, top)
    const bound = names.find((name) => scopes.some((scope) => scope.has(name)))
    if (bound === undefined) return
    const direct = freeNames(node.body).get(bound)
    const given = [...node.args.children.map(expressionText), `${bound}=${bound}`].join(', ')
    const by = direct ? '' : `, by ${definitions.flatMap(definedNames).join(' and ')}`
    throw new TagProblem(
      direct ?? node,
      `{% nocache %} reads "${bound}"${by}, which the template around it sets: on a hit that does not run. ` +
        (direct ? `Pass it by name: {% nocache ${given} %}` : `Give the macro what it needs as an argument`),
    )
  }
}

/** Node types that end the scope of a name which is set inside. */
const SCOPES = new Set([
  'Root',
  'For',
  'AsyncEach',
  'AsyncAll',
  'Macro',
  'Caller',
  'Block',
  'Cache',
  'NoCache',
])

function isScope({ typename, extName }: AstNode): boolean {
  return SCOPES.has(typename) || extName !== undefined
}

/** Returns the names that are bound in a scope, except macros and imports at the top. */
function boundIn(scope: AstNode): Set<string> {
  const names = new Set<string>()
  const isTop = scope.typename === 'Root'
  if (scope.typename === 'Macro' || scope.typename === 'Caller') {
    names.add('caller')
    for (const arg of scope.args.children) {
      if (arg.typename === 'Symbol') names.add(arg.value as string)
      else for (const pair of arg.children) names.add(pair.key.value as string)
    }
  } else if (['For', 'AsyncEach', 'AsyncAll'].includes(scope.typename)) {
    for (const name of [...loopNames(scope), 'loop']) names.add(name)
  } else if (scope.typename === 'NoCache') {
    for (const name of Object.keys(namedValues(scope.args))) names.add(name)
  }
  const collect = (node: AstNode, depth: number): void => {
    if (node.typename === 'Set') for (const target of node.targets) names.add(target.value as string)
    if (!isTop || depth > 1) for (const name of definedNames(node)) names.add(name)
    if (depth > 0 && isScope(node)) return
    for (const child of childrenOf(node)) collect(child, depth + 1)
  }
  collect(scope, 0)
  return names
}
