import type { Aggregate } from './combine-options.ts'
import { eachMember, type Operand, scoreIn } from './operands.ts'

/** Makes scores by members of operands. */
export type Combine = (operands: readonly Operand[], aggregate: Aggregate) => Map<string, number>

/** Members of any operand. */
export const union: Combine = (operands, aggregate) => {
  const scores = new Map<string, number>()
  for (const operand of bySize(operands)) {
    eachMember(operand, (member, score) => {
      const weighted = zeroIfNaN(score * operand.weight)
      const current = scores.get(member)
      scores.set(member, current === undefined ? weighted : aggregate(current, weighted))
      return true
    })
  }
  return scores
}

/** Members of all operands. */
export const intersection: Combine = (operands, aggregate) => {
  const scores = new Map<string, number>()
  const [smallest, ...others] = bySize(operands)
  if (smallest === undefined) return scores
  eachCommon(smallest, others, (member, score) => {
    let total = zeroIfNaN(score * smallest.weight)
    for (const other of others) total = aggregate(total, (scoreIn(other, member) ?? 0) * other.weight)
    scores.set(member, total)
    return true
  })
  return scores
}

/** Members of the first operand that are in none of the others. */
export const difference: Combine = ([first, ...others]) => {
  const scores = new Map<string, number>()
  if (first === undefined) return scores
  eachMember(first, (member, score) => {
    if (!others.some((other) => scoreIn(other, member) !== undefined)) scores.set(member, score)
    return true
  })
  return scores
}

/** Number of members of all operands, at most `limit`. */
export function countCommon(operands: readonly Operand[], limit: number): number {
  const [smallest, ...others] = bySize(operands)
  let count = 0
  if (smallest) eachCommon(smallest, others, () => ++count < limit)
  return count
}

/** Calls a function with each member that all have, until it returns false. */
function eachCommon(
  smallest: Operand,
  others: readonly Operand[],
  fn: (member: string, score: number) => boolean,
): void {
  eachMember(smallest, (member, score) => {
    for (const other of others) if (scoreIn(other, member) === undefined) return true
    return fn(member, score)
  })
}

/** The order in which Redis adds scores up, on which the last digit of a sum may depend. */
function bySize(operands: readonly Operand[]): readonly Operand[] {
  return [...operands].sort((one, other) => one.size - other.size)
}

function zeroIfNaN(score: number): number {
  return Number.isNaN(score) ? 0 : score
}
