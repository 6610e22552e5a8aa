import { EMPTY_ARRAY, integer } from '../../protocol/reply.ts'
import type { Handler } from '../command.ts'
import { type RangeForm, readRangeQuery, selectRange } from './range-query.ts'
import { membersReply, scoresReply } from './replies.ts'
import { SortedSet } from './sorted-set.ts'
import { storeMembers } from './store.ts'

/** Makes a command that answers the members of a range. */
function range(form: RangeForm): Handler {
  return (session, args) => {
    const query = readRangeQuery(args, form)
    const set = session.database.readOf(args[1] as string, SortedSet)
    if (set === undefined) return EMPTY_ARRAY
    const items = selectRange(set, query)
    return query.withScores ? scoresReply(items, session.form) : membersReply(items)
  }
}

export const zrange = range({ keyAt: 1, mayReturnScores: true })
export const zrevrange = range({ keyAt: 1, by: 'rank', reverse: true, mayReturnScores: true })
export const zrangebyscore = range({ keyAt: 1, by: 'score', reverse: false, mayReturnScores: true })
export const zrevrangebyscore = range({ keyAt: 1, by: 'score', reverse: true, mayReturnScores: true })
export const zrangebylex = range({ keyAt: 1, by: 'lex', reverse: false, mayReturnScores: true })
export const zrevrangebylex = range({ keyAt: 1, by: 'lex', reverse: true, mayReturnScores: true })

export const zrangestore: Handler = ({ database }, args) => {
  const query = readRangeQuery(args, { keyAt: 2, mayReturnScores: false })
  const set = database.readOf(args[2] as string, SortedSet)
  const items = set ? selectRange(set, query) : []
  storeMembers(database, args[1] as string, items, 'zrangestore')
  return integer(items.length)
}
