import { CommandError } from '../../command-error.ts'
import { error, ONE, ZERO } from '../../protocol/reply.ts'
import type { Handler } from '../command.ts'
import { subcommandError } from '../help-reply.ts'
import { idArgument } from './client-id.ts'

const WRONG_REASON = new CommandError('ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR')
const UNBLOCKED = error('UNBLOCKED client unblocked via CLIENT UNBLOCK')

/** CLIENT UNBLOCK id [TIMEOUT | ERROR] */
export const clientUnblock: Handler = ({ instance }, args) => {
  if (args.length > 4) throw subcommandError('CLIENT', args[1] as string)
  const reason = (args[3] ?? 'timeout').toLowerCase()
  if (reason !== 'timeout' && reason !== 'error') throw WRONG_REASON
  const block = instance.clients.get(idArgument(args[2] as string))?.block
  if (!block?.timeOut || !block.fail) return ZERO
  if (reason === 'error') block.fail(UNBLOCKED)
  else block.timeOut()
  return ONE
}
