import { OK, simple } from '../../protocol/reply.ts'
import { RESP2 } from '../../protocol/reply-form.ts'
import { databaseAt, intArgument } from '../arguments/database-argument.ts'
import type { Handler } from '../command.ts'

export const select: Handler = (session, args) => {
  session.select(databaseAt(session, intArgument(args[1] as string)).index)
  return OK
}

export const quit: Handler = ({ client }) => {
  client.end()
  return OK
}

/** Makes the connection as it was when it began. */
export const reset: Handler = (session) => {
  const { client, instance } = session
  instance.forget(client)
  session.select(0)
  client.form = RESP2
  client.authenticated = instance.config.get('requirepass') === ''
  client.name = ''
  client.replyMode = 'on'
  return simple('RESET')
}
