import { integer, ZERO } from '../../protocol/reply.ts'
import type { Handler } from '../command.ts'
import { Stream } from './stream.ts'
import { readId, type StreamId } from './stream-id.ts'

/** XACK key group id [id ...] */
export const xack: Handler = ({ instance, database }, args) => {
  const key = args[1] as string
  const group = database.readOf(key, Stream)?.groups.get(args[2] as string)
  if (!group) return ZERO
  const ids: StreamId[] = []
  for (let n = 3; n < args.length; n++) ids.push(readId(args[n] as string))
  let acknowledged = 0
  for (const id of ids) {
    const pending = group.pending.get(id)
    if (!pending) continue
    group.remove(pending)
    acknowledged++
  }
  instance.stats.dirty += acknowledged
  database.account(key)
  return integer(acknowledged)
}
