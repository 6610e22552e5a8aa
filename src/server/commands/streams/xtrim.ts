import { integer, ZERO } from '../../protocol/reply.ts'
import type { Handler } from '../command.ts'
import { Stream } from './stream.ts'
import { TrimOptions } from './trim-options.ts'

/** XTRIM key MAXLEN|MINID [=|~] threshold [LIMIT count] */
export const xtrim: Handler = ({ instance, database }, args) => {
  const key = args[1] as string
  const trim = new TrimOptions(args, false).trim(instance.limits)
  const stream = database.findOf(key, Stream)
  if (!stream || !trim) return ZERO
  const removed = stream.trim(trim)
  if (removed > 0) {
    // Each entry is a change.
    instance.stats.dirty += removed - 1
    database.changed(key, 't', 'xtrim')
  }
  return integer(removed)
}
