import { integer, ZERO } from '../../protocol/reply.ts'
import type { Handler } from '../command.ts'
import { SortedSet } from './sorted-set.ts'
import { type RangeReader, readLexRange, readRankRange, readScoreRange } from './spans.ts'

/** Makes a command that counts the members of a range. */
function countIn(readRange: RangeReader): Handler {
  return ({ database }, args) => {
    const spanOf = readRange(args[2] as string, args[3] as string)
    const set = database.readOf(args[1] as string, SortedSet)
    return set ? integer(spanOf(set).count) : ZERO
  }
}

/** Makes a command that removes the members of a range. */
function removeIn(readRange: RangeReader, event: string): Handler {
  return ({ database }, args) => {
    const spanOf = readRange(args[2] as string, args[3] as string)
    const key = args[1] as string
    const set = database.findOf(key, SortedSet)
    if (set === undefined) return ZERO
    const { first, count } = spanOf(set)
    if (count === 0) return ZERO
    for (const { member } of set.slice(first, count)) set.delete(member)
    database.changed(key, 'z', event)
    database.deleteIfEmpty(key, set)
    return integer(count)
  }
}

export const zcount = countIn(readScoreRange)
export const zlexcount = countIn(readLexRange)
export const zremrangebyrank = removeIn(readRankRange, 'zremrangebyrank')
export const zremrangebyscore = removeIn(readScoreRange, 'zremrangebyscore')
export const zremrangebylex = removeIn(readLexRange, 'zremrangebylex')
