import { bulkArray } from '../../protocol/reply.ts'
import type { GroupedDefinition, Handler } from '../command.ts'

const time: Handler = ({ instance }) => {
  const micros = instance.clock.micros()
  return bulkArray([String(Math.floor(micros / 1e6)), String(micros % 1e6)])
}

export const timeCommand: GroupedDefinition = {
  name: 'time',
  arity: 1,
  flags: 'loading stale fast',
  tips: 'nondeterministic_output',
  since: '2.6.0',
  summary: "Returns the server's time: seconds since 1970, and microseconds.",
  handler: time,
}
