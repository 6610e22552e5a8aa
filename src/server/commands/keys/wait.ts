import { readTimeoutMs } from '../../blocking/read-timeout.ts'
import { NO_REPLY, ZERO } from '../../protocol/reply.ts'
import { integer64Argument } from '../arguments/integer-arguments.ts'
import type { Handler } from '../command.ts'

/** There are no replicas: who waits for some waits until the timeout. */
export const wait: Handler = ({ client, database, instance, mayBlock }, args) => {
  const replicas = integer64Argument(args[1] as string)
  const timeout = readTimeoutMs(args[2] as string)
  if (replicas <= 0n || !mayBlock) return ZERO
  instance.blocked.wait({
    client,
    database,
    keys: [],
    timeout,
    retry: () => undefined,
    timedOut: () => ZERO,
  })
  return NO_REPLY
}
