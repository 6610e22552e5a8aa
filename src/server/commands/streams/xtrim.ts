import { CommandError } from '../../command-error.ts'
import { integer, ZERO } from '../../protocol/reply.ts'
import type { Handler } from '../command.ts'
import { Stream } from './stream.ts'
import { TrimOptions } from './trim-options.ts'

const NO_STRATEGY = new CommandError('ERR syntax error, XTRIM must be called with a trimming strategy')

/** XTRIM key MAXLEN|MINID [=|~] threshold [LIMIT count] */
export const xtrim: Handler = ({ instance, database }, args) => {
  const key = args[1] as string
  const trim = new TrimOptions(args, false).trim(instance.limits)
  if (!trim) throw NO_STRATEGY
  const stream = database.findOf(key, Stream)
  if (!stream) return ZERO
  const removed = stream.trim(trim)
  if (removed > 0) database.changed(key, 'x', 'xtrim')
  return integer(removed)
}
