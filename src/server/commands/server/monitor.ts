import { CommandError } from '../../command-error.ts'
import { NO_REPLY, OK } from '../../protocol/reply.ts'
import type { GroupedDefinition } from '../command.ts'

const NO_TRANSACTION = new CommandError("ERR MONITOR isn't allowed for DENY BLOCKING client")

export const monitor: GroupedDefinition = {
  name: 'monitor',
  arity: 1,
  flags: 'admin noscript loading stale',
  since: '1.0.0',
  summary: 'Shows all requests to this client.',
  handler: ({ client, instance, mayBlock }) => {
    if (!mayBlock) throw NO_TRANSACTION
    if (instance.monitors.has(client)) return NO_REPLY
    instance.monitors.add(client)
    return OK
  },
}
