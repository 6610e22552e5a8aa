import { SYNTAX_ERROR } from '../../command-error.ts'
import type { Database } from '../../data/database.ts'
import { arrayHeader, bulk, EMPTY_ARRAY } from '../../protocol/reply.ts'
import type { ReplyForm } from '../../protocol/reply-form.ts'
import type { Handler } from '../command.ts'
import { readPopCount } from './arguments.ts'
import { flatReply, pairsReply, scoresReply } from './replies.ts'
import type { ScoredMember } from './scored-member.ts'
import { SortedSet } from './sorted-set.ts'

/** Which end of a sorted set members are taken from. */
export type PopEnd = 'min' | 'max'

/** Removes up to `count` members, which must be at least 1. */
export function popFrom(
  database: Database,
  key: string,
  set: SortedSet,
  end: PopEnd,
  count: number,
): readonly ScoredMember[] {
  const items = end === 'min' ? set.slice(0, count) : set.sliceBackwards(set.size - 1, count)
  for (const { member } of items) set.delete(member)
  database.changed(key, 'z', end === 'min' ? 'zpopmin' : 'zpopmax')
  database.deleteIfEmpty(key, set)
  return items
}

/** Makes ZPOPMIN and ZPOPMAX. */
function pop(end: PopEnd): Handler {
  return ({ database, form }, args) => {
    if (args.length > 3) throw SYNTAX_ERROR
    const count = args.length === 3 ? readPopCount(args[2] as string) : undefined
    const key = args[1] as string
    const set = database.findOf(key, SortedSet)
    if (set === undefined || count === 0) return EMPTY_ARRAY
    const items = popFrom(database, key, set, end, count ?? 1)
    // A single member is a flat array in RESP3, too.
    return count === undefined ? flatReply(items, form) : scoresReply(items, form)
  }
}

export const zpopmin = pop('min')
export const zpopmax = pop('max')

/** Takes members of one of several keys, and encodes them. */
export interface Popping {
  readonly end: PopEnd
  readonly count: number
  encode(key: string, items: readonly ScoredMember[], form: ReplyForm): string
}

/** Key, member, score, as BZPOPMIN answers. */
export function encodeOne(key: string, [item]: readonly ScoredMember[], form: ReplyForm): string {
  if (item === undefined) return form.nilArray
  return `*3\r\n${bulk(key)}${bulk(item.member)}${form.double(item.score)}`
}

/** The key and an array of pairs, as ZMPOP answers. */
export function encodeMany(key: string, items: readonly ScoredMember[], form: ReplyForm): string {
  return arrayHeader(2) + bulk(key) + pairsReply(items, form)
}
