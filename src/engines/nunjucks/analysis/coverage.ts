import type { DataPolicy } from '../../data-policy.ts'
import { belongsToOneVisitor } from '../../data-policy.ts'
import type { AstNode } from '../nunjucks.ts'
import { expressionText } from '../syntax/expression-text.ts'
import { childrenOf, rootOf } from '../syntax/names.ts'
import { ITEM, LENGTH, type Origin, type Value } from './origins.ts'

/** The way in which a value is read: shown, tested for being truthy, or iterated over. */
export type Use = 'shown' | 'tested' | 'listed'

interface CoveredPath {
  readonly path: readonly string[]
  /** True if the key covers all members of the value, too. */
  readonly deep: boolean
  /** True if the key only has whether the value is truthy. */
  readonly testedOnly?: boolean
  /** The part of the key, if it is this path and no identity. */
  readonly part?: KeyPart
}

/** A part of a key that is a path into the page's data. */
export interface KeyPart {
  readonly path: readonly string[]
  /** The source text in the tag. */
  readonly written: string
}

/** The values that the key of a fragment covers: its body may read them, and differ by them. */
export class Coverage {
  readonly #paths: CoveredPath[] = []
  readonly #expressions = new Set<string>()
  readonly #values = new Set<Value>()
  readonly #vary: ReadonlySet<string>
  readonly #identities: ReadonlySet<string>

  readonly #dataPolicy: DataPolicy

  constructor(vary: readonly string[], dataPolicy: DataPolicy) {
    const { identities, defaultVary } = dataPolicy
    this.#dataPolicy = dataPolicy
    this.#vary = new Set([...vary, ...defaultVary])
    this.#identities = new Set(identities)
  }

  /** Adds a part of the key. @param evaluate returns the value of an expression */
  add(part: AstNode, evaluate: (node: AstNode) => Value): void {
    this.#expressions.add(printed(part))
    this.#addParts(part, evaluate, true)
  }

  #addParts(node: AstNode, evaluate: (node: AstNode) => Value, whole: boolean): void {
    const { typename } = node
    if (typename === 'Symbol' || typename === 'LookupVal') {
      const value = evaluate(node)
      if (whole) this.#values.add(value)
      this.#addOrigins(value.origins, whole, node)
      return
    }
    if (typename === 'FunCall') {
      // The result is in the key; the arguments may not be determined by it.
      for (const { path } of evaluate(node).origins)
        if (path.at(-1)?.startsWith('(')) this.#addPath(path, true, node)
      return
    }
    if (typename === 'InlineIf') {
      this.#addTested(node.cond, evaluate)
      this.#addParts(node.body, evaluate, whole)
      if (node.else_) this.#addParts(node.else_, evaluate, whole)
      return
    }
    if (typename === 'Filter') {
      const [input] = node.args.children
      if (node.name.value === LENGTH) this.#addOrigins(evaluate(node).origins, whole, node)
      if (input && KEEPING.has(node.name.value as string)) this.#addParts(input, evaluate, whole)
      return
    }
    if (typename === 'Or' || typename === 'And') {
      const [left, right] = childrenOf(node) as [AstNode, AstNode]
      const keepsLeft = typename === 'Or' && right.typename === 'Literal'
      const keepsRight = typename === 'And' && rootOf(left) !== undefined && rootOf(left) === rootOf(right)
      this.#addParts(left, evaluate, whole && keepsLeft)
      this.#addParts(right, evaluate, whole && keepsRight)
      return
    }
    if ((typename === 'Concat' || typename === 'Add') && !isApart(leavesOf(node, typename))) return
    if (!WHOLE.has(typename)) return
    for (const child of childrenOf(node)) {
      this.#expressions.add(printed(child))
      this.#addParts(child.typename === 'Pair' ? (child.value as AstNode) : child, evaluate, whole)
    }
  }

  /**
   * Adds origins. Of a value that a condition has chosen, the key only has whether it is truthy.
   */
  #addOrigins(origins: readonly Origin[], whole: boolean, node: AstNode): void {
    for (const { path, tested } of origins) {
      if (tested) this.#paths.push({ path, deep: false, testedOnly: true })
      else this.#addPath(path, whole, node)
    }
  }

  /** Adds a condition that chooses what is in the key: the key has whether its value is truthy. */
  #addTested(node: AstNode, evaluate: (node: AstNode) => Value): void {
    const { typename } = node
    if (typename === 'Not') return this.#addTested(node.target, evaluate)
    if (typename === 'Group' && node.children.length === 1)
      return this.#addTested(node.children[0] as AstNode, evaluate)
    if (typename !== 'Symbol' && typename !== 'LookupVal') return this.#addParts(node, evaluate, false)
    for (const { path } of evaluate(node).origins) this.#paths.push({ path, deep: false, testedOnly: true })
  }

  #addPath(path: readonly string[], whole: boolean, node: AstNode): void {
    const last = path.at(-1) as string
    const isPlain = whole && !this.#identities.has(last)
    this.#paths.push({ path, deep: whole, ...(isPlain && { part: { path, written: expressionText(node) } }) })
    if (!whole) return
    const around = path.slice(0, -1)
    if (this.#identities.has(last) && around.length > 0) this.#paths.push({ path: around, deep: true })
    // `userId` identifies `user`.
    const owner = /^(\w+?)_?[iI]d$/.exec(last)?.[1]
    if (owner === undefined) return
    // A film's uploader is not the visitor.
    const isOwn = path.length === 1 || belongsToOneVisitor(path, this.#dataPolicy)
    for (const base of isOwn ? [around, []] : [around])
      this.#paths.push({ path: [...base, owner], deep: true })
  }

  /** Returns true if the key contains this very expression or variable. */
  hasExpression(node: AstNode, value: Value): boolean {
    return this.#values.has(value) || this.#expressions.has(printed(node))
  }

  has({ path }: Origin, use: Use = 'shown'): boolean {
    if (this.#vary.has(path[0] as string) || this.#vary.has(path.at(-1) as string)) return true
    return this.#paths.some(
      (covered) =>
        (!covered.testedOnly || use === 'tested') &&
        covered.path.every((name, n) => name === path[n]) &&
        (covered.deep || covered.path.length === path.length),
    )
  }

  /** Returns the part of the key that is an object with this value in it. */
  objectAround({ path }: Origin): KeyPart | undefined {
    return this.#paths.find(
      (covered) =>
        covered.part !== undefined &&
        covered.path.length < path.length &&
        path[covered.path.length] !== ITEM &&
        !path[covered.path.length]?.startsWith('(') &&
        covered.path.every((name, n) => name === path[n]),
    )?.part
  }
}

/** Filters whose results differ where their inputs differ. */
const KEEPING = new Set(['default', 'd', 'string', 'int', 'safe', 'escape', 'e', 'urlencode', 'dump', 'trim'])

/** Node types whose value contains all of their operands. */
const WHOLE = new Set(['Array', 'Dict', 'Group', 'Concat', 'Add', 'NodeList', 'Pair'])

/** Returns the operands of one operator, in order. */
function leavesOf(node: AstNode, operator: string): AstNode[] {
  if (node.typename === 'Group' && node.children.length === 1)
    return leavesOf(node.children[0] as AstNode, operator)
  return node.typename === operator ? childrenOf(node).flatMap((child) => leavesOf(child, operator)) : [node]
}

/** Returns true if a text separates any two values: 1 and 23 must not equal 12 and 3. */
function isApart(leaves: readonly AstNode[]): boolean {
  return leaves.every((leaf, n) => isText(leaf) || n === 0 || isText(leaves[n - 1] as AstNode))
}

function isText({ typename, value }: AstNode): boolean {
  return typename === 'Literal' && typeof value === 'string' && value !== ''
}

/** Returns an expression as a text that is equal for equal expressions. */
export function printed(node: AstNode): string {
  const { typename, value } = node
  if (typename === 'Symbol') return String(value)
  if (typename === 'Literal' || typename === 'TemplateData') return JSON.stringify(value) ?? String(value)
  const operands = childrenOf(node).map(printed).join(',')
  const operator = (node as unknown as { type?: unknown }).type
  return `${typename}${typeof operator === 'string' ? operator : ''}(${operands})`
}
