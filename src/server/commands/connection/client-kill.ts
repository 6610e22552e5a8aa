import type { Client } from '../../clients/client.ts'
import { CommandError, SYNTAX_ERROR } from '../../command-error.ts'
import { integer, OK } from '../../protocol/reply.ts'
import type { Session } from '../../session.ts'
import type { Handler } from '../command.ts'
import { idArgument } from './client-id.ts'
import { typeArgument, typeOf } from './client-type.ts'

const WRONG_ID = new CommandError('ERR client-id should be greater than 0')
const NO_SUCH_CLIENT = new CommandError('ERR No such client')

type Filter = (client: Client) => boolean

/** CLIENT KILL address, or with one or several filters. */
export const clientKill: Handler = (session, args) => {
  const [, , first = ''] = args
  if (args.length === 3) {
    if (kill(session, [(client) => client.link.address === first]) === 0) throw NO_SUCH_CLIENT
    return OK
  }
  const filters: Filter[] = []
  let skipsMe = true
  for (let n = 2; n < args.length; n += 2) {
    const value = args[n + 1]
    if (value === undefined) throw SYNTAX_ERROR
    if ((args[n] as string).toLowerCase() === 'skipme') skipsMe = yesOrNo(value)
    else filters.push(filterOf(args[n] as string, value))
  }
  if (skipsMe) filters.push((client) => client !== session.client)
  return integer(kill(session, filters))
}

function filterOf(name: string, value: string): Filter {
  switch (name.toLowerCase()) {
    case 'id': {
      const id = idArgument(value, WRONG_ID)
      if (id < 1) throw WRONG_ID
      return (client) => client.id === id
    }
    case 'type': {
      const type = typeArgument(value)
      return (client) => typeOf(client) === type
    }
    case 'addr':
      return (client) => client.link.address === value
    case 'laddr':
      return (client) => client.link.localAddress === value
    case 'user':
      if (value !== 'default') throw new CommandError(`ERR No such user '${value}'`)
      return () => true
    default:
      throw SYNTAX_ERROR
  }
}

function yesOrNo(value: string): boolean {
  const read = value.toLowerCase()
  if (read !== 'yes' && read !== 'no') throw SYNTAX_ERROR
  return read === 'yes'
}

/** Ends the connections that all filters let through. Returns their number. */
function kill({ client: own, instance }: Session, filters: readonly Filter[]): number {
  const found = [...instance.clients].filter((client) => filters.every((fits) => fits(client)))
  for (const client of found) {
    // The reply is still sent.
    if (client === own) client.end()
    else {
      client.kill()
      instance.clients.remove(client)
    }
  }
  return found.length
}
