import type { AstNode, Parser, Token } from '../nunjucks.ts'
import { childrenOf, walk } from './names.ts'

/** The name under which the tag is registered in an environment. */
export const CACHE_EXTENSION = 'onetrip'

/** The tags that it adds. */
export const TAGS = ['cache', 'nocache', 'head', 'fragment'] as const

/**
 * The reason why such a tag is refused: with caching its body runs later; without, it would be too
 * late for the code around it.
 */
export const BODY_WAITS =
  'A cache tag whose body waits (for an asynchronous filter, tag or loop) stands in a macro, a {% call %}, a ' +
  '{% switch %}, or a set or filter block, or waits for an include in a loop or condition: without caching it ' +
  'cannot be rendered there'

/** The error of a tag that cannot work. The template's name is added where it is known. */
export class TagProblem extends Error {
  readonly lineno: number

  constructor(node: { lineno: number }, message: string) {
    super(message)
    this.lineno = node.lineno
  }
}

/** Consumes the end of a tag. */
export function endTag(parser: Parser, begin: Token, name: 'cache' | 'nocache' | 'head'): void {
  const end = parser.nextToken()
  if (end?.value !== `end${name}`) {
    throw new TagProblem(begin, `A ${name} tag is not closed: {% end${name} %} is missing`)
  }
  const next = parser.peekToken()
  if (next && next.type !== 'block-end') {
    throw new TagProblem(
      end,
      `{% end${name} %} takes no name: write {% end${name} %}, not {% end${name} ${next.value} %}`,
    )
  }
  parser.advanceAfterBlockEnd(end.value)
}

/** Refuses arguments that have no value where the tag stands. @param tag its name in messages */
export function checkArgument(argument: AstNode, tag: string, asyncFilters: readonly string[]): void {
  const subject = tag.charAt(0).toUpperCase() + tag.slice(1)
  walk(argument, (node) => {
    if (node.typename === 'Filter' && asyncFilters.includes(node.name.value as string)) {
      throw new TagProblem(
        node,
        `${subject} has the async filter "${node.name.value}" in its arguments: ` +
          'set a variable before the tag, and name that',
      )
    }
    if (isCallOf(node, 'super'))
      throw new TagProblem(node, `${subject} has super() in its arguments, which is not a value`)
    return true
  })
}

/**
 * Refuses statements that cannot work in a body, which may never run, or run after the code around
 * it.
 */
export function checkBody(body: AstNode, tag: string): void {
  descendOwn(body, (node) => {
    const refuse = (what: string, instead: string) => refused(node, what, tag, instead)
    if (node.typename === 'Block') refuse('{% block %}', 'put the tag inside the block')
    if (node.typename === 'Extends') refuse('{% extends %}', 'it belongs at the top of the template')
    if (isCallOf(node, 'caller')) {
      refuse('caller()', 'its text may differ each time; put the tag inside the {% call %}')
    }
  })
}

/** Refuses statements that cannot work in a hole, around which no code has run on a hit. */
export function refuseInside(body: AstNode, tag: string): void {
  checkBody(body, tag)
  descendOwn(body, (node) => {
    if (isCallOf(node, 'super'))
      refused(node, 'super()', tag, "put it outside, the parent's block is not there on a hit")
  })
}

function refused(node: AstNode, what: string, tag: string, instead: string): never {
  throw new TagProblem(node, `${what} cannot stand inside ${tag}: ${instead}`)
}

/** Visits the nodes of a body, except those inside macros, which have their own `caller()`. */
function descendOwn(node: AstNode, visit: (node: AstNode) => void): void {
  visit(node)
  if (node.typename !== 'Macro') for (const child of childrenOf(node)) descendOwn(child, visit)
}

function isCallOf(node: AstNode, name: string): boolean {
  return node.typename === 'FunCall' && node.name.typename === 'Symbol' && node.name.value === name
}

/**
 * Functions of nunjucks that count their calls: on a hit the body does not run, so that later calls
 * would return other values.
 */
const COUNTERS = ['cycler', 'joiner']

/** Refuses a cycler or a joiner that is made outside of a body and used inside. */
export function checkCounters(tree: AstNode, isTag: (node: AstNode) => boolean): void {
  /** @param body the innermost body around the node */
  const descend = (node: AstNode, body: AstNode | null, known: Map<string, Counter>): void => {
    const kind = node.typename === 'Set' ? counterOf(node.value as AstNode | null) : undefined
    if (kind) for (const target of node.targets) known.set(target.value as string, { kind, body })
    const called = node.typename === 'FunCall' ? calledName(node) : undefined
    const counter = called === undefined ? undefined : known.get(called)
    if (counter && counter.body !== body) {
      throw new TagProblem(
        node,
        `The ${counter.kind} "${called}" is used inside a cache tag, whose body does not run on a hit: take its ` +
          `value before the tag, {% set value = ${called}${counter.kind === 'cycler' ? '.next' : ''}() %}`,
      )
    }
    const [inner, knownInside] = isTag(node) ? [node, new Map(known)] : [body, known]
    for (const child of childrenOf(node)) descend(child, inner, knownInside)
  }
  descend(tree, null, new Map())
}

/** A cycler or a joiner, and the innermost body that makes it. */
interface Counter {
  readonly kind: string
  readonly body: AstNode | null
}

function counterOf(value: AstNode | null): string | undefined {
  return value?.typename === 'FunCall' ? COUNTERS.find((name) => isCallOf(value, name)) : undefined
}

/** Returns `x` of `x()` and of `x.next()`. */
function calledName({ name }: AstNode): string | undefined {
  const target = name.typename === 'LookupVal' ? name.target : name
  return target.typename === 'Symbol' ? (target.value as string) : undefined
}

/**
 * Refuses the use of a macro or an import outside of the only body that makes it: on a hit it is
 * not there.
 */
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
