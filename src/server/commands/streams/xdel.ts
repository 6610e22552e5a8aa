import { integer, ZERO } from '../../protocol/reply.ts'
import type { Handler } from '../command.ts'
import { Stream } from './stream.ts'
import { compareIds, readId, type StreamId } from './stream-id.ts'

/** XDEL key id [id ...] */
export const xdel: Handler = ({ instance, database }, args) => {
  const key = args[1] as string
  const stream = database.findOf(key, Stream)
  if (!stream) return ZERO
  const ids: StreamId[] = []
  for (let n = 2; n < args.length; n++) ids.push(readId(args[n] as string))
  let deleted = 0
  for (const id of ids) {
    if (!stream.delete(id)) continue
    deleted++
    if (compareIds(id, stream.maxDeletedId) > 0) stream.maxDeletedId = id
  }
  if (deleted > 0) {
    // Each entry is a change.
    instance.stats.dirty += deleted - 1
    database.changed(key, 't', 'xdel')
  }
  return integer(deleted)
}
