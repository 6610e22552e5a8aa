import { CommandError } from '../../command-error.ts'
import { arrayHeader, bulk, OK, ONE, ZERO } from '../../protocol/reply.ts'
import type { GroupedDefinition, Handler } from '../command.ts'
import { helpSubcommand } from '../help-reply.ts'

const exists: Handler = ({ instance }, args) => {
  let reply = arrayHeader(args.length - 2)
  for (let n = 2; n < args.length; n++) reply += instance.scripts.find(args[n] as string) ? ONE : ZERO
  return reply
}

const flush: Handler = ({ instance }, args) => {
  const mode = args[2]?.toLowerCase()
  if (args.length > 3 || (mode !== undefined && mode !== 'sync' && mode !== 'async'))
    throw new CommandError('ERR SCRIPT FLUSH only support SYNC|ASYNC option')
  instance.scripts.flush()
  return OK
}

const load: Handler = ({ instance }, args) => bulk(instance.scripts.add(args[2] as string).hash)

const kill: Handler = ({ instance }) => instance.busyScript.kill('script')

const debug: Handler = (_session, args) => {
  switch (args[2]?.toLowerCase()) {
    case 'no':
      return OK
    case 'yes':
    case 'sync':
      throw new CommandError('ERR this server has no debugger of scripts')
    default:
      throw new CommandError('ERR Use SCRIPT DEBUG YES/SYNC/NO')
  }
}

export const scriptCommand: GroupedDefinition = {
  name: 'script',
  arity: -2,
  flags: '',
  since: '2.6.0',
  summary: 'Manages scripts.',
  subcommands: [
    {
      name: 'debug',
      arity: 3,
      flags: 'noscript',
      since: '3.2.0',
      summary: 'Answers that there is no debugger.',
      handler: debug,
    },
    {
      name: 'exists',
      arity: -3,
      flags: 'noscript',
      tips: 'request_policy:all_shards response_policy:agg_logical_and',
      since: '2.6.0',
      summary: 'Tells which scripts EVALSHA finds.',
      handler: exists,
    },
    {
      name: 'flush',
      arity: -2,
      flags: 'noscript',
      tips: 'request_policy:all_nodes response_policy:all_succeeded',
      since: '2.6.0',
      summary: 'Forgets all scripts.',
      handler: flush,
    },
    {
      name: 'kill',
      arity: 2,
      flags: 'noscript allow_busy',
      tips: 'request_policy:all_shards response_policy:one_succeeded',
      since: '2.6.0',
      summary: 'Ends a script that keeps the server busy.',
      handler: kill,
    },
    {
      name: 'load',
      arity: 3,
      flags: 'noscript stale',
      tips: 'request_policy:all_nodes response_policy:all_succeeded',
      since: '2.6.0',
      summary: 'Compiles a script for EVALSHA. Returns its SHA-1.',
      handler: load,
    },
    helpSubcommand('script', '5.0.0', [
      'DEBUG (YES|SYNC|NO)',
      '    Set the debug mode for subsequent scripts executed.',
      'EXISTS <sha1> [<sha1> ...]',
      '    Return information about the existence of the scripts in the script cache.',
      'FLUSH [ASYNC|SYNC]',
      '    Flush the Lua scripts cache. Very dangerous on replicas.',
      '    When called without the optional mode argument, the behavior is determined by the',
      '    lazyfree-lazy-user-flush configuration directive. Valid modes are:',
      '    * ASYNC: Asynchronously flush the scripts cache.',
      '    * SYNC: Synchronously flush the scripts cache.',
      'KILL',
      '    Kill the currently executing Lua script.',
      'LOAD <script>',
      '    Load a script into the scripts cache without executing it.',
    ]),
  ],
}
