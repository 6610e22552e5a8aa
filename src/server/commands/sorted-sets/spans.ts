import { CommandError } from '../../command-error.ts'
import { readDouble, readRoundedDouble } from '../../data/numbers.ts'
import { indexArgument } from '../arguments/integer-arguments.ts'
import type { ScoredMember } from './scored-member.ts'
import type { SortedSet } from './sorted-set.ts'

/** Neighbours of a sorted set: `count` of them, from the rank `first` on. */
export interface Span {
  readonly first: number
  readonly count: number
}

/** Finds a range in a set. */
export type SpanOf = (set: SortedSet) => Span

/** Reads a range from its two ends, the lower one first. */
export type RangeReader = (min: string, max: string) => SpanOf

const EMPTY: Span = { first: 0, count: 0 }

/** A range of ranks: negative ones count from the end. */
export const readRankRange: RangeReader = (start, stop) => {
  const from = indexArgument(start)
  const to = indexArgument(stop)
  return ({ size }) => {
    const first = Math.max(0, from < 0 ? size + from : from)
    const last = Math.min(size - 1, to < 0 ? size + to : to)
    return first > last ? EMPTY : { first, count: last - first + 1 }
  }
}

const NOT_SCORES = new CommandError('ERR min or max is not a float')

/** A range of scores: `5` includes, `(5` excludes what has this score. */
export const readScoreRange: RangeReader = (min, max) => {
  const low = readScoreEnd(min)
  const high = readScoreEnd(max)
  const isBelow = low.excluded
    ? ({ score }: ScoredMember) => score <= low.value
    : ({ score }: ScoredMember) => score < low.value
  const isWithin = high.excluded
    ? ({ score }: ScoredMember) => score < high.value
    : ({ score }: ScoredMember) => score <= high.value
  return (set) => spanBetween(set, isBelow, isWithin)
}

function readScoreEnd(text: string): { readonly value: number; readonly excluded: boolean } {
  const excluded = text.charCodeAt(0) === 40
  const value = readAsStrtod(excluded ? text.slice(1) : text)
  if (value === undefined) throw NOT_SCORES
  return { value, excluded }
}

/** Reads a number as C's strtod() does: after blanks, up to a NUL; too large ones are infinite. */
function readAsStrtod(text: string): number | undefined {
  const value = readDouble(text)
  if (value !== undefined) return value
  const [number = ''] = text.split('\0')
  if (number === '') return 0
  return readRoundedDouble(number.replace(/^[ \t-\r]+/, ''))
}

const NOT_LEX = new CommandError('ERR min or max not valid string range item')

/** A range of members of one score: `[a` includes, `(a` excludes, `-` and `+` are the ends. */
export const readLexRange: RangeReader = (min, max) => {
  const low = readLexEnd(min)
  const high = readLexEnd(max)
  return (set) =>
    spanBetween(
      set,
      ({ member }) => !low.includesAfter(member),
      ({ member }) => high.includesBefore(member),
    )
}

/** An end of a range of members. */
interface LexEnd {
  /** True if a range that begins here holds the member. */
  includesAfter(member: string): boolean
  /** True if a range that ends here holds the member. */
  includesBefore(member: string): boolean
}

const LOWEST: LexEnd = { includesAfter: () => true, includesBefore: () => false }
const HIGHEST: LexEnd = { includesAfter: () => false, includesBefore: () => true }

function readLexEnd(text: string): LexEnd {
  if (text === '-') return LOWEST
  if (text === '+') return HIGHEST
  const end = text.slice(1)
  if (text[0] === '[')
    return { includesAfter: (member) => member >= end, includesBefore: (member) => member <= end }
  if (text[0] === '(')
    return { includesAfter: (member) => member > end, includesBefore: (member) => member < end }
  throw NOT_LEX
}

/**
 * @param isBelow true for what is before the range
 * @param isWithin true for what is not behind the range
 */
function spanBetween(
  set: SortedSet,
  isBelow: (item: ScoredMember) => boolean,
  isWithin: (item: ScoredMember) => boolean,
): Span {
  const first = set.countLeading(isBelow)
  const end = set.countLeading(isWithin)
  return end > first ? { first, count: end - first } : EMPTY
}
