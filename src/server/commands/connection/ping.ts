import { CommandError } from '../../command-error.ts'
import { bulk, simple } from '../../protocol/reply.ts'
import type { Handler } from '../command.ts'

const PONG = simple('PONG')
const WRONG_ARITY = new CommandError("ERR wrong number of arguments for 'ping' command")

export const ping: Handler = ({ client }, args) => {
  if (args.length > 2) throw WRONG_ARITY
  const text = args[1]
  // In RESP2 a client in pub/sub mode is sent arrays only.
  if (client.subscriptions > 0 && client.form.version === 2) return `*2\r\n${bulk('pong')}${bulk(text ?? '')}`
  return text === undefined ? PONG : bulk(text)
}

export const echo: Handler = (_session, args) => bulk(args[1] as string)
