import { CommandError, NO_SUCH_KEY, SYNTAX_ERROR } from '../../command-error.ts'
import { OK } from '../../protocol/reply.ts'
import { integer64Argument } from '../arguments/integer-arguments.ts'
import type { Handler } from '../command.ts'
import { Stream } from './stream.ts'
import { compareIds, MIN_ID, readId, type StreamId, toWord, type Word } from './stream-id.ts'

const NEGATIVE = new CommandError('ERR entries_added must be positive')
const BELOW_DELETED = new CommandError(
  'ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id',
)
const BELOW_LAST = new CommandError(
  'ERR The ID specified in XSETID is smaller than the target stream top item',
)
const FEWER_THAN_LENGTH = new CommandError(
  'ERR The entries_added specified in XSETID is smaller than the target stream length',
)

/** XSETID key last-id [ENTRIESADDED count] [MAXDELETEDID id] */
export const xsetid: Handler = ({ instance, database }, args) => {
  const key = args[1] as string
  const id = readId(args[2] as string)
  const { entriesAdded, maxDeletedId } = readOptions(args, id)
  const stream = database.findOf(key, Stream)
  if (!stream) throw NO_SUCH_KEY
  const last = stream.entries.last
  if (last && compareIds(id, last) < 0) throw BELOW_LAST
  if (last && entriesAdded !== undefined && stream.size > entriesAdded) throw FEWER_THAN_LENGTH
  stream.lastId = id
  if (entriesAdded !== undefined) stream.entriesAdded = entriesAdded
  if (compareIds(maxDeletedId, MIN_ID) !== 0) stream.maxDeletedId = maxDeletedId
  instance.stats.dirty++
  database.notify(key, 't', 'xsetid')
  return OK
}

function readOptions(
  args: readonly string[],
  id: StreamId,
): { entriesAdded: Word | undefined; maxDeletedId: StreamId } {
  let entriesAdded: Word | undefined
  let maxDeletedId = MIN_ID
  for (let n = 3; n < args.length; n += 2) {
    const option = (args[n] as string).toLowerCase()
    const value = args[n + 1]
    if (value === undefined) throw SYNTAX_ERROR
    if (option === 'entriesadded') {
      const count = integer64Argument(value)
      if (count < 0n) throw NEGATIVE
      entriesAdded = toWord(count)
    } else if (option === 'maxdeletedid') {
      maxDeletedId = readId(value)
      if (compareIds(id, maxDeletedId) < 0) throw BELOW_DELETED
    } else throw SYNTAX_ERROR
  }
  return { entriesAdded, maxDeletedId }
}
