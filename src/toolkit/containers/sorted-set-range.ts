import { OptionError } from '../../errors.ts'
import { readBoolean, readCount, readOneOf } from '../../options/read-option.ts'
import { scriptText } from '../../redis/script-text.ts'
import { type Arguments, checkOptions, integerArgument, numberArgument } from './arguments.ts'

/** Bounds of a range: `from` and `to` belong to it, `after` and `before` do not. */
export interface Bounds<T> {
  /** @defaultValue the first */
  readonly from?: T | undefined
  /** @defaultValue the first */
  readonly after?: T | undefined
  /** @defaultValue the last */
  readonly to?: T | undefined
  /** @defaultValue the last */
  readonly before?: T | undefined
}

/** Direction of a range that is read. */
export interface Direction {
  /** Returns the values from the highest to the lowest. @defaultValue false */
  readonly reverse?: boolean | undefined
}

/** Part of a range that is read. */
export interface Page {
  /**
   * Number of values that are left out at the begin.
   * @defaultValue 0
   */
  readonly offset?: number | undefined
  /**
   * Most values.
   * @defaultValue Infinity
   */
  readonly count?: number | undefined
}

/** A range by ranks, from 0; those below 0 are counted from the highest. */
export type RankRange = Bounds<number> & Direction & ByRank

/** The kind of a range of ranks. */
export interface ByRank {
  /** Kind of `from` and `to`. @defaultValue `'rank'` */
  readonly by?: 'rank' | undefined
}

/** A range by scores. */
export type ScoreRange = Bounds<number> & Direction & Page & { readonly by: 'score' }
/** A range by the bytes of the stored values, if all have the same score. */
export type LexRange<In> = Bounds<In> & Direction & Page & { readonly by: 'lex' }
/** A range from one value of the set to another. */
export type ValueRange<In> = Bounds<In> & { readonly by: 'value' }

/** A part of a sorted set. */
export type SortedSetRange<In> = RankRange | ScoreRange | LexRange<In> | ValueRange<In>

/**
 * A range by values: ARGV holds the command, a mark (`[`, `(`, or `-` for none) and a value for the
 * begin and for the end, and further arguments of the command.
 */
export const BY_VALUE = scriptText(`
local function rankOf(mark, value, otherwise, step)
  if mark == '-' then return otherwise end
  local rank = redis.call('ZRANK', KEYS[1], value)
  if not rank then return nil end
  if mark == '(' then return rank + step end
  return rank
end
local first = rankOf(ARGV[2], ARGV[3], 0, 1)
local last = rankOf(ARGV[4], ARGV[5], -1, -1)
if not first or not last then return redis.error_reply('ERR no such value') end
-- The rank before the first is none, and not that of the last.
if ARGV[4] ~= '-' and last < 0 then first, last = 1, 0 end
return redis.call(ARGV[1], KEYS[1], first, last, unpack(ARGV, 6))`)

/** The parts of a range command. */
export interface RangeArguments {
  readonly by: 'rank' | 'score' | 'lex' | 'value'
  /** Two bounds; by value, a mark and a value for each. */
  readonly bounds: Arguments
  readonly reverse: boolean
  readonly limit: Arguments
}

const NAMES = ['by', 'from', 'after', 'to', 'before']
const MORE = {
  rank: [...NAMES, 'reverse'],
  score: [...NAMES, 'reverse', 'offset', 'count'],
  lex: [...NAMES, 'reverse', 'offset', 'count'],
  value: NAMES,
}
const HINTS = {
  min: 'from',
  max: 'to',
  start: 'from',
  stop: 'to',
  end: 'before',
  limit: 'count',
  rev: 'reverse',
}

/** Reads a range. @throws OptionError */
export function readRange<In>(
  method: string,
  range: SortedSetRange<In>,
  encode: (value: In) => string | Buffer,
): RangeArguments {
  const given = (range as SortedSetRange<In> | null)?.by ?? 'rank'
  const by = readOneOf('by', given, ['rank', 'score', 'lex', 'value'] as const)
  checkOptions(`${method} by ${by}`, range, MORE[by], HINTS)
  refuseBoth(method, range)
  const { reverse = false, offset = 0, count = Infinity } = range as Direction & Page
  const most = readCount('count', count, 0)
  const isPart = readCount('offset', offset, 0) > 0 || most !== Infinity
  return {
    by,
    bounds: boundsOf(by, range, encode),
    reverse: readBoolean('reverse', reverse),
    limit: isPart ? ['LIMIT', String(offset), most === Infinity ? '-1' : String(most)] : [],
  }
}

function refuseBoth(method: string, { from, after, to, before }: Bounds<unknown>): void {
  if (from !== undefined && after !== undefined)
    throw new OptionError(`${method} takes from or after, not both`)
  if (to !== undefined && before !== undefined)
    throw new OptionError(`${method} takes to or before, not both`)
}

function boundsOf<In>(
  by: RangeArguments['by'],
  range: Bounds<unknown>,
  encode: (value: In) => string | Buffer,
): Arguments {
  if (by === 'rank') return ranksOf(range)
  if (by === 'score') {
    const { from, after, to, before } = range
    const low = after === undefined ? score(from ?? -Infinity) : `(${score(after)}`
    return [low, before === undefined ? score(to ?? Infinity) : `(${score(before)}`]
  }
  const marked = (open: unknown, closed: unknown): [mark: string, value: string | Buffer] => {
    if (open !== undefined) return ['(', encode(open as In)]
    return closed === undefined ? ['-', ''] : ['[', encode(closed as In)]
  }
  const low = marked(range.after, range.from)
  const high = marked(range.before, range.to)
  return by === 'value' ? [...low, ...high] : [joined(low, '-'), joined(high, '+')]
}

function joined([mark, value]: [string, string | Buffer], none: string): string | Buffer {
  if (mark === '-') return none
  return typeof value === 'string' ? mark + value : Buffer.concat([Buffer.from(mark), value])
}

const score = (value: unknown) => numberArgument('A score', value)

function ranksOf({ from = 0, after, to = -1, before }: Bounds<unknown>): string[] {
  const rank = (value: unknown) => Number(integerArgument('A rank', value))
  // The rank after the last is none, and not the first; likewise the rank before the first.
  if (after === -1 || before === 0) return ['1', '0']
  const first = after === undefined ? rank(from) : rank(after) + 1
  return [String(first), String(before === undefined ? rank(to) : rank(before) - 1)]
}
