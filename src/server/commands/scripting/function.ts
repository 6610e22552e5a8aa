import { CommandError } from '../../command-error.ts'
import { arrayHeader, bulk, EMPTY_ARRAY, OK, ZERO } from '../../protocol/reply.ts'
import type { GroupedDefinition, Handler } from '../command.ts'
import { kill } from './script.ts'

/** Libraries of functions are not supported: who asks for them is told there are none. */
export const unsupported: Handler = () => {
  throw new CommandError('ERR this server has no functions: send the script by EVAL, or use Redis')
}

const flush: Handler = (_session, args) => {
  const mode = args[2]?.toLowerCase()
  if (args.length > 3 || (mode !== undefined && mode !== 'sync' && mode !== 'async'))
    throw new CommandError('ERR FUNCTION FLUSH only supports SYNC|ASYNC option')
  return OK
}

const list: Handler = (_session, args) => {
  for (let n = 2; n < args.length; n++) {
    const option = args[n]?.toLowerCase()
    if (option === 'libraryname') n++
    else if (option !== 'withcode') throw new CommandError(`ERR Unknown argument ${args[n]}`)
  }
  return EMPTY_ARRAY
}

const stats: Handler = ({ form }) =>
  form.mapHeader(2) +
  bulk('running_script') +
  form.nil +
  bulk('engines') +
  form.mapHeader(1) +
  bulk('LUA') +
  form.mapHeader(2) +
  bulk('libraries_count') +
  ZERO +
  bulk('functions_count') +
  ZERO

const help: Handler = () =>
  `${arrayHeader(2)}+FUNCTION: this server has no libraries of functions.\r\n+Send the script by EVAL, or use Redis.\r\n`

const EVERY_SHARD = 'request_policy:all_shards response_policy:all_succeeded'

export const functionCommand: GroupedDefinition = {
  name: 'function',
  arity: -2,
  flags: '',
  since: '7.0.0',
  summary: 'Answers that there are no libraries of functions.',
  subcommands: [
    subcommand('delete', 3, 'write noscript', 'Answers an error.', unsupported, EVERY_SHARD),
    subcommand('dump', 2, 'noscript', 'Answers an error.', unsupported),
    subcommand('flush', -2, 'write noscript', 'Does nothing.', flush, EVERY_SHARD),
    subcommand('help', 2, 'loading stale', 'Tells that there are no functions.', help),
    subcommand(
      'kill',
      2,
      'noscript allow_busy',
      'Answers that no function is running.',
      kill,
      'request_policy:all_shards response_policy:one_succeeded',
    ),
    subcommand('list', -2, 'noscript', 'Returns an empty array.', list, 'nondeterministic_output_order'),
    subcommand('load', -3, 'write denyoom noscript', 'Answers an error.', unsupported, EVERY_SHARD),
    subcommand('restore', -3, 'write denyoom noscript', 'Answers an error.', unsupported, EVERY_SHARD),
    subcommand(
      'stats',
      2,
      'noscript allow_busy',
      'Returns numbers that are 0.',
      stats,
      'nondeterministic_output request_policy:all_shards response_policy:special',
    ),
  ],
}

function subcommand(
  name: string,
  arity: number,
  flags: string,
  summary: string,
  handler: Handler,
  tips?: string,
): GroupedDefinition {
  return { name, arity, flags, since: '7.0.0', summary, handler, ...(tips ? { tips } : {}) }
}
