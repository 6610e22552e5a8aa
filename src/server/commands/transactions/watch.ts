import { CommandError } from '../../command-error.ts'
import { OK } from '../../protocol/reply.ts'
import type { Handler } from '../command.ts'

const INSIDE_MULTI = new CommandError('ERR WATCH inside MULTI is not allowed')

export const watch: Handler = ({ client, database, instance }, args) => {
  if (client.inTransaction) throw INSIDE_MULTI
  for (let n = 1; n < args.length; n++) instance.watched.watch(client, database, args[n] as string)
  return OK
}

export const unwatch: Handler = ({ client, instance }) => {
  instance.watched.unwatch(client)
  return OK
}
