import { readTimeoutMs } from '../../blocking/read-timeout.ts'
import { CommandError } from '../../command-error.ts'
import { OK } from '../../protocol/reply.ts'
import type { Handler } from '../command.ts'
import { subcommandError } from '../help-reply.ts'

const WRONG_MODE = new CommandError('ERR CLIENT PAUSE mode must be WRITE or ALL')

/** CLIENT PAUSE ms [WRITE | ALL] */
export const clientPause: Handler = ({ instance }, args) => {
  if (args.length > 4) throw subcommandError('CLIENT', args[1] as string)
  const kind = (args[3] ?? 'all').toLowerCase()
  if (kind !== 'write' && kind !== 'all') throw WRONG_MODE
  const ms = readTimeoutMs(args[2] as string)
  instance.pause.begin(kind, instance.clock.now + ms)
  return OK
}

export const clientUnpause: Handler = ({ instance }) => {
  instance.pause.end()
  return OK
}
