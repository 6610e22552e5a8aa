import type { Client } from '../../clients/client.ts'
import { CommandError } from '../../command-error.ts'
import { bulk, integer, OK } from '../../protocol/reply.ts'
import type { Handler } from '../command.ts'

const WRONG_NAME = new CommandError('ERR Client names cannot contain spaces, newlines or special characters.')

/**
 * Sets the name of a client; an empty one removes it.
 *
 * @throws CommandError
 */
export function setName(client: Client, name: string): void {
  if (!/^[!-~]*$/.test(name)) throw WRONG_NAME
  client.name = name
}

export const clientSetName: Handler = ({ client }, args) => {
  setName(client, args[2] as string)
  return OK
}

export const clientGetName: Handler = ({ client, form }) =>
  client.name === '' ? form.nil : bulk(client.name)

export const clientId: Handler = ({ client }) => integer(client.id)
