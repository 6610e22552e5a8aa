import type { AstNode } from '../nunjucks.ts'

/** What conditions say where they hold: by a path into the page's data, whether its value is truthy. */
export type Facts = ReadonlyMap<string, boolean>

export const NO_FACTS: Facts = new Map()

/** Returns the path that an expression reads, and nothing else; undefined for any other expression. */
export type PathOf = (node: AstNode) => string | undefined

interface Operands {
  readonly left: AstNode
  readonly right: AstNode
}

/** Adds what is known where a condition has this outcome. */
export function assume(facts: Facts, condition: AstNode, outcome: boolean, pathOf: PathOf): Facts {
  const { typename, target } = condition
  const { left, right } = condition as unknown as Operands
  if (typename === 'Group' && condition.children.length === 1)
    return assume(facts, condition.children[0] as AstNode, outcome, pathOf)
  if (typename === 'Not') return assume(facts, target, !outcome, pathOf)
  // Both sides are known of an `and` that holds, and of an `or` that does not.
  if (typename === (outcome ? 'And' : 'Or'))
    return assume(assume(facts, left, outcome, pathOf), right, outcome, pathOf)
  const path = pathOf(condition)
  return path === undefined ? facts : new Map([...facts, [path, outcome]])
}

/** Returns the outcome of a condition, where facts decide it. */
export function outcomeOf(facts: Facts, condition: AstNode, pathOf: PathOf): boolean | undefined {
  if (facts.size === 0) return undefined
  const { typename, target } = condition
  if (typename === 'Group' && condition.children.length === 1)
    return outcomeOf(facts, condition.children[0] as AstNode, pathOf)
  if (typename === 'Not') return negated(outcomeOf(facts, target, pathOf))
  if (typename === 'And' || typename === 'Or') {
    const { left, right } = condition as unknown as Operands
    const sides = [outcomeOf(facts, left, pathOf), outcomeOf(facts, right, pathOf)]
    const decisive = typename === 'Or'
    if (sides.includes(decisive)) return decisive
    return sides.includes(undefined) ? undefined : !decisive
  }
  const path = pathOf(condition)
  if (path === undefined) return undefined
  return facts.get(path) ?? withoutOwner(facts, path)
}

/** A member of what is falsy is falsy: there is no `user.name` where there is no `user`. */
function withoutOwner(facts: Facts, path: string): false | undefined {
  const owner = path.slice(0, Math.max(0, path.lastIndexOf('.')))
  if (owner === '') return undefined
  return facts.get(owner) === false ? false : withoutOwner(facts, owner)
}

function negated(outcome: boolean | undefined): boolean | undefined {
  return outcome === undefined ? undefined : !outcome
}
