import type { AstNode } from '../nunjucks.ts'
import { expressionText } from '../syntax/expression-text.ts'

/** Returns a text that is equal for reads of the same data; undefined where that is not known. */
export type KeyOf = (node: AstNode) => string | undefined

interface Operands {
  readonly left: AstNode
  readonly right: AstNode
}

/** The outcomes of conditions that are known at a place. */
export class Facts {
  /** Truthiness, by the text of {@link KeyOf}. */
  readonly #outcomes: ReadonlyMap<string, boolean>
  /** Paths whose value is a literal text. */
  readonly #constants: ReadonlySet<string>
  /** True if the facts contradict each other: the place is never reached. */
  readonly impossible: boolean

  constructor(outcomes?: ReadonlyMap<string, boolean>, constants?: ReadonlySet<string>, impossible = false) {
    this.#outcomes = outcomes ?? new Map()
    this.#constants = constants ?? new Set()
    this.impossible = impossible
  }

  /** Adds the outcome of a condition. */
  assume(condition: AstNode, outcome: boolean, keyOf: KeyOf): Facts {
    const known = this.outcomeOf(condition, keyOf)
    const facts = this.#with(condition, outcome, keyOf)
    return known === !outcome ? new Facts(facts.#outcomes, facts.#constants, true) : facts
  }

  #with(condition: AstNode, outcome: boolean, keyOf: KeyOf): Facts {
    const node = inner(condition)
    const { left, right } = node as unknown as Operands
    if (node.typename === 'Not') return this.#with(node.target, !outcome, keyOf)
    // A true `and` determines both sides, and so does a false `or`.
    if (node.typename === (outcome ? 'And' : 'Or'))
      return this.#with(left, outcome, keyOf).#with(right, outcome, keyOf)
    const key = keyOf(node)
    if (key === undefined) return this
    const constant = outcome ? keyOf(equalToText(node) ?? node) : key
    const constants = constant === key ? this.#constants : new Set([...this.#constants, constant as string])
    return new Facts(new Map([...this.#outcomes, [key, outcome]]), constants, this.impossible)
  }

  /** Returns the outcome of a condition, if the facts decide it. */
  outcomeOf(condition: AstNode, keyOf: KeyOf): boolean | undefined {
    if (this.#outcomes.size === 0) return undefined
    const node = inner(condition)
    if (node.typename === 'Not') {
      const outcome = this.outcomeOf(node.target, keyOf)
      return outcome === undefined ? undefined : !outcome
    }
    if (node.typename === 'And' || node.typename === 'Or') {
      const { left, right } = node as unknown as Operands
      const sides = [this.outcomeOf(left, keyOf), this.outcomeOf(right, keyOf)]
      const decisive = node.typename === 'Or'
      if (sides.includes(decisive)) return decisive
      return sides.includes(undefined) ? undefined : !decisive
    }
    const key = keyOf(node)
    if (key === undefined) return undefined
    return this.#outcomes.get(key) ?? (isPath(node) && this.#isOfNothing(key) ? false : undefined)
  }

  /**
   * Returns true if the facts determine the value at a path: it equals a literal text, or is a
   * member of a value that is absent.
   */
  fixes(path: string, testedOnly = false): boolean {
    if (this.#outcomes.size === 0) return false
    if (testedOnly && this.#outcomes.has(path)) return true
    return this.#isOfNothing(path) || [path, ...ownersOf(path)].some((one) => this.#constants.has(one))
  }

  /** Returns true if an owner of the path is falsy: there is no `user.name` without `user`. */
  #isOfNothing(path: string): boolean {
    return ownersOf(path).some((owner) => this.#outcomes.get(owner) === false)
  }
}

export const NO_FACTS = new Facts()

/** Returns a text for an expression that reads the page's data; names are replaced by paths. */
export function keyOfExpression(node: AstNode, pathOfName: KeyOf): string | undefined {
  const keyOf = (one: AstNode) => keyOfExpression(one, pathOfName)
  const { typename } = node
  if (isPath(node)) return pathOfName(node)
  if (typename === 'Literal') return expressionText(node)
  if (typename === 'Group' && node.children.length === 1) return keyOf(node.children[0] as AstNode)
  if (typename === 'FunCall') return joined([keyOf(node.name), ...node.args.children.map(keyOf)], '(')
  if (typename === 'Compare') {
    const { ops } = node as unknown as { ops: readonly { expr: AstNode; type: string }[] }
    return joined([keyOf(node.expr), ...ops.flatMap(({ expr, type }) => [type, keyOf(expr)])], ' ')
  }
  return undefined
}

function joined(keys: readonly (string | undefined)[], sign: string): string | undefined {
  return keys.includes(undefined) ? undefined : keys.join(sign)
}

/** Returns `locale` of `locale == "en"`. */
function equalToText(node: AstNode): AstNode | undefined {
  if (node.typename !== 'Compare') return undefined
  const { expr, ops } = node as unknown as { expr: AstNode; ops: readonly { expr: AstNode; type: string }[] }
  const [op] = ops
  const isText = op?.expr.typename === 'Literal' && typeof op.expr.value === 'string'
  return ops.length === 1 && isText && isPath(expr) && ['==', '==='].includes(op.type) ? expr : undefined
}

function isPath({ typename }: AstNode): boolean {
  return typename === 'Symbol' || typename === 'LookupVal'
}

function inner(node: AstNode): AstNode {
  return node.typename === 'Group' && node.children.length === 1 ? inner(node.children[0] as AstNode) : node
}

/** Returns `user.address` and `user` for `user.address.city`. */
function ownersOf(path: string): string[] {
  const at = Math.max(path.lastIndexOf('.'), path.lastIndexOf('['))
  return at <= 0 ? [] : [path.slice(0, at), ...ownersOf(path.slice(0, at))]
}
