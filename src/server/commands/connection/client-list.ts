import type { Client } from '../../clients/client.ts'
import { CommandError, SYNTAX_ERROR } from '../../command-error.ts'
import type { Session } from '../../session.ts'
import type { Handler } from '../command.ts'
import { idArgument } from './client-id.ts'
import { clientLine } from './client-line.ts'
import { typeArgument, typeOf } from './client-type.ts'

const WRONG_ID = new CommandError('ERR Invalid client ID')

/** CLIENT LIST [TYPE type | ID id ...] */
export const clientList: Handler = (session, args) => {
  const { clients } = session.instance
  if (args.length === 2) return lines(session, args, clients)
  const option = (args[2] as string).toLowerCase()
  if (option === 'type' && args.length === 4) {
    const type = typeArgument(args[3] as string)
    return lines(
      session,
      args,
      [...clients].filter((client) => typeOf(client) === type),
    )
  }
  if (option !== 'id' || args.length < 4) throw SYNTAX_ERROR
  const found: Client[] = []
  for (let n = 3; n < args.length; n++) {
    const client = clients.get(idArgument(args[n] as string, WRONG_ID))
    if (client) found.push(client)
  }
  return lines(session, args, found)
}

export const clientInfo: Handler = (session, args) => lines(session, args, [session.client])

function lines(session: Session, args: readonly string[], clients: Iterable<Client>): string {
  const { form, instance } = session
  let text = ''
  for (const client of clients)
    text += `${clientLine(instance, client, client === session.client ? args : [])}\n`
  return form.verbatim(text, 'txt')
}
