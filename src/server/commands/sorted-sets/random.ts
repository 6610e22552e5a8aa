import { CommandError, SYNTAX_ERROR } from '../../command-error.ts'
import { bulk, EMPTY_ARRAY } from '../../protocol/reply.ts'
import { randomCount } from '../arguments/random-count.ts'
import type { Handler } from '../command.ts'
import { membersReply, scoresReply } from './replies.ts'
import type { ScoredMember } from './scored-member.ts'
import { SortedSet } from './sorted-set.ts'

/** Redis refuses counts whose scores would not fit. */
const MOST_WITH_SCORES = 2 ** 62
const OUT_OF_RANGE = new CommandError('ERR value is out of range')

export const zrandmember: Handler = ({ database, form }, args) => {
  const key = args[1] as string
  if (args.length === 2) {
    const set = database.readOf(key, SortedSet)
    return set ? bulk(pick(set).member) : form.nil
  }
  const { count, withScores } = readOptions(args)
  const set = database.readOf(key, SortedSet)
  if (set === undefined || count === 0) return EMPTY_ARRAY
  const items = count < 0 ? repeated(set, -count) : sample(set, count)
  return withScores ? scoresReply(items, form) : membersReply(items)
}

/** A negative count allows repetitions. */
function readOptions(args: readonly string[]): { readonly count: number; readonly withScores: boolean } {
  const count = randomCount(args[2] as string)
  const withScores = args[3]?.toLowerCase() === 'withscores'
  if (args.length > 4 || (args.length === 4 && !withScores)) throw SYNTAX_ERROR
  if (withScores && count >= MOST_WITH_SCORES) throw OUT_OF_RANGE
  return { count, withScores }
}

function repeated(set: SortedSet, count: number): readonly ScoredMember[] {
  return Array.from({ length: count }, () => pick(set))
}

/**
 * Returns different members, all of them if there are no more than `count`.
 *
 * Source: Bentley and Floyd, "A sample of brilliance", Communications of the ACM, 1987.
 */
function sample(set: SortedSet, count: number): readonly ScoredMember[] {
  const { size } = set
  // From the highest score on, as Redis.
  if (count >= size) return set.sliceBackwards(size - 1, size)
  const ranks = new Set<number>()
  for (let last = size - count; last < size; last++) {
    const rank = randomBelow(last + 1)
    ranks.add(ranks.has(rank) ? last : rank)
  }
  return Array.from(ranks, (rank) => set.at(rank))
}

function pick(set: SortedSet): ScoredMember {
  return set.at(randomBelow(set.size))
}

function randomBelow(end: number): number {
  return Math.floor(Math.random() * end)
}
