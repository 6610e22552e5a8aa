import { CommandError, SYNTAX_ERROR } from '../../command-error.ts'
import { indexArgument } from '../arguments/integer-arguments.ts'
import type { ScoredMember } from './scored-member.ts'
import type { SortedSet } from './sorted-set.ts'
import { type RangeReader, readLexRange, readRankRange, readScoreRange, type SpanOf } from './spans.ts'

type RangeBy = 'rank' | 'score' | 'lex'

/** Parts of a range that the name of a command says already. */
export interface RangeForm {
  /** Index of the key, which the two ends follow. */
  readonly keyAt: number
  /** Without it BYSCORE and BYLEX are options. */
  readonly by?: RangeBy
  /** Without it REV is an option. */
  readonly reverse?: boolean
  /** True if WITHSCORES is an option. */
  readonly mayReturnScores: boolean
}

/** The arguments of a ZRANGE. */
export interface RangeQuery {
  readonly spanOf: SpanOf
  readonly by: RangeBy
  readonly reverse: boolean
  readonly withScores: boolean
  /** Members that are left out at the begin. A negative one leaves out all. */
  readonly offset: number
  /** Most members; negative: all. */
  readonly limit: number
}

const READERS: Record<RangeBy, RangeReader> = {
  rank: readRankRange,
  score: readScoreRange,
  lex: readLexRange,
}

const LIMIT_BY_RANK = new CommandError(
  'ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX',
)
const SCORES_BY_LEX = new CommandError('ERR syntax error, WITHSCORES not supported in combination with BYLEX')

/**
 * Reads the ends and the options of a ZRANGE.
 *
 * @throws CommandError
 */
export function readRangeQuery(args: readonly string[], form: RangeForm): RangeQuery {
  const { keyAt } = form
  let { by, reverse } = form
  let withScores = false
  let offset = 0
  let limit = -1
  for (let n = keyAt + 3; n < args.length; n++) {
    const option = (args[n] as string).toLowerCase()
    if (option === 'withscores' && form.mayReturnScores) withScores = true
    else if (option === 'limit' && n + 2 < args.length) {
      offset = indexArgument(args[n + 1] as string)
      limit = indexArgument(args[n + 2] as string)
      n += 2
    } else if (option === 'rev' && reverse === undefined) reverse = true
    else if (option === 'bylex' && by === undefined) by = 'lex'
    else if (option === 'byscore' && by === undefined) by = 'score'
    else throw SYNTAX_ERROR
  }
  by ??= 'rank'
  reverse ??= false
  if (limit !== -1 && by === 'rank') throw LIMIT_BY_RANK
  if (withScores && by === 'lex') throw SCORES_BY_LEX
  const start = args[keyAt + 1] as string
  const stop = args[keyAt + 2] as string
  // A reversed range of scores or members names its upper end first.
  const spanOf = reverse && by !== 'rank' ? READERS[by](stop, start) : READERS[by](start, stop)
  return { spanOf, by, reverse, withScores, offset: by === 'rank' ? 0 : offset, limit }
}

/** Returns the members that a query asks for, in its order. */
export function selectRange(set: SortedSet, query: RangeQuery): readonly ScoredMember[] {
  const { by, reverse, offset, limit } = query
  const { first, count } = query.spanOf(set)
  const rest = offset < 0 ? 0 : count - offset
  const taken = limit < 0 ? rest : Math.min(limit, rest)
  if (taken <= 0) return []
  if (!reverse) return set.slice(first + offset, taken)
  // Reversed ranks count from the end.
  const last = by === 'rank' ? set.size - 1 - first : first + count - 1
  return set.sliceBackwards(last - offset, taken)
}
