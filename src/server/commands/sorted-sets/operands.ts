import { CommandError, SYNTAX_ERROR, WRONG_TYPE } from '../../command-error.ts'
import type { Database } from '../../data/database.ts'
import { indexArgument } from '../arguments/integer-arguments.ts'
import { StringSet } from '../sets/string-set.ts'
import { SortedSet } from './sorted-set.ts'

/** A set that ZUNION, ZINTER or ZDIFF reads. Members of a set without scores have the score 1. */
export interface Operand {
  /** Undefined for an absent key. */
  readonly set: SortedSet | StringSet | undefined
  readonly size: number
  /** Factor of the scores. */
  weight: number
}

/** Operands, and where the arguments go on. */
export interface Operands {
  readonly operands: readonly Operand[]
  readonly end: number
}

/**
 * Reads the operands of a command.
 *
 * @param at index of the number of keys, which the keys follow
 * @param name of the command, in lower case
 * @throws CommandError
 */
export function readOperands(
  database: Database,
  args: readonly string[],
  at: number,
  name: string,
): Operands {
  const count = indexArgument(args[at] as string)
  if (count < 1) throw new CommandError(`ERR at least 1 input key is needed for '${name}' command`)
  const end = at + 1 + count
  if (end > args.length) throw SYNTAX_ERROR
  const operands: Operand[] = []
  for (let n = at + 1; n < end; n++) operands.push(operandOf(database, args[n] as string))
  return { operands, end }
}

function operandOf(database: Database, key: string): Operand {
  const set = database.read(key)
  if (set === undefined) return { set, size: 0, weight: 1 }
  if (set instanceof SortedSet || set instanceof StringSet) return { set, size: set.size, weight: 1 }
  throw WRONG_TYPE
}

/** Calls a function with each member and its score, without the weight, until it returns false. */
export function eachMember({ set }: Operand, fn: (member: string, score: number) => boolean): void {
  if (set instanceof SortedSet) {
    for (const { member, score } of set) if (!fn(member, score)) return
  } else if (set !== undefined) {
    for (const member of set.keys()) if (!fn(member, 1)) return
  }
}

/** Score of a member, without the weight; undefined if it is absent. */
export function scoreIn({ set }: Operand, member: string): number | undefined {
  if (set instanceof SortedSet) return set.score(member)
  return set?.has(member) ? 1 : undefined
}
