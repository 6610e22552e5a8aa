import { CommandError } from '../../command-error.ts'
import { readInteger } from '../../data/numbers.ts'
import { array, bulk, bulkArray, integer, OK } from '../../protocol/reply.ts'
import type { SlowRequest } from '../../slow-log.ts'
import type { GroupedDefinition, Handler } from '../command.ts'
import { helpSubcommand } from '../help-reply.ts'

const get: Handler = ({ instance }, args) => {
  if (args.length > 3)
    throw new CommandError(
      `ERR unknown subcommand or wrong number of arguments for '${args[1]}'. Try SLOWLOG HELP.`,
    )
  const count = args.length > 2 ? readInteger(args[2] as string) : 10
  if (count === undefined || count < -1)
    throw new CommandError('ERR count should be greater than or equal to -1')
  const { requests } = instance.slowLog
  return array((count === -1 ? requests : requests.slice(0, count)).map(encode))
}

function encode({ id, at, duration, args, address, clientName }: SlowRequest): string {
  return array([
    integer(id),
    integer(at),
    integer(duration),
    bulkArray(args),
    bulk(address),
    bulk(clientName),
  ])
}

const length: Handler = ({ instance }) => integer(instance.slowLog.requests.length)

const reset: Handler = ({ instance }) => {
  instance.slowLog.clear()
  return OK
}

const ADMIN = 'admin loading stale'

export const slowLog: GroupedDefinition = {
  name: 'slowlog',
  arity: -2,
  flags: '',
  since: '2.2.12',
  summary: 'Requests that took longer than slowlog-log-slower-than.',
  subcommands: [
    {
      name: 'get',
      arity: -2,
      flags: ADMIN,
      tips: 'request_policy:all_nodes nondeterministic_output',
      since: '2.2.12',
      summary: 'Returns the newest slow requests.',
      handler: get,
    },
    {
      name: 'len',
      arity: 2,
      flags: ADMIN,
      tips: 'request_policy:all_nodes response_policy:agg_sum nondeterministic_output',
      since: '2.2.12',
      summary: 'Returns the number of slow requests that are kept.',
      handler: length,
    },
    {
      name: 'reset',
      arity: 2,
      flags: ADMIN,
      tips: 'request_policy:all_nodes response_policy:all_succeeded',
      since: '2.2.12',
      summary: 'Forgets all slow requests.',
      handler: reset,
    },
    helpSubcommand('slowlog', '6.2.0', [
      'GET [<count>]',
      '    Return top <count> entries from the slowlog (default: 10, -1 mean all).',
      '    Entries are made of:',
      '    id, timestamp, time in microseconds, arguments array, client IP and port,',
      '    client name',
      'LEN',
      '    Return the length of the slowlog.',
      'RESET',
      '    Reset the slowlog.',
    ]),
  ],
}
