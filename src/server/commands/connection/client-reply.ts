import { SYNTAX_ERROR } from '../../command-error.ts'
import { NO_REPLY, OK } from '../../protocol/reply.ts'
import type { Handler } from '../command.ts'

/** CLIENT REPLY ON | OFF | SKIP */
export const clientReply: Handler = ({ client }, args) => {
  switch ((args[2] as string).toLowerCase()) {
    case 'on':
      client.replyMode = 'on'
      return OK
    case 'off':
      client.replyMode = 'off'
      return NO_REPLY
    case 'skip':
      if (client.replyMode !== 'off') client.replyMode = 'skip-next'
      return NO_REPLY
    default:
      throw SYNTAX_ERROR
  }
}

/** CLIENT NO-EVICT ON | OFF: accepted, since no client is evicted here. */
export const clientNoEvict: Handler = ({ client }, args) => {
  const mode = (args[2] as string).toLowerCase()
  if (mode !== 'on' && mode !== 'off') throw SYNTAX_ERROR
  client.noEvict = mode === 'on'
  return OK
}
