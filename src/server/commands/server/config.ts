import { CommandError, SYNTAX_ERROR } from '../../command-error.ts'
import { globMatcher } from '../../data/glob.ts'
import { bulk, OK } from '../../protocol/reply.ts'
import type { GroupedDefinition, Handler } from '../command.ts'
import type { TableCommand } from '../command-info.ts'
import { helpSubcommand } from '../help-reply.ts'

const get: Handler = ({ form, instance }, args) => {
  /** Names by their lower case: one that was asked for in full is answered as it was written. */
  const found = new Map<string, string>()
  for (const pattern of args.slice(2)) {
    const matches = globMatcher(pattern, true)
    const isName = !/[*?[]/.test(pattern)
    for (const name of instance.config.names)
      if (!found.has(name) && matches(name) && (isName || !instance.config.isHidden(name)))
        found.set(name, isName ? pattern : name)
  }
  let reply = form.mapHeader(found.size)
  for (const [name, shown] of found) reply += bulk(shown) + bulk(instance.config.shown(name))
  return reply
}

const set: Handler = ({ instance }, args) => {
  if (args.length % 2 !== 0) throw SYNTAX_ERROR
  const pairs: [string, string][] = []
  for (let n = 2; n < args.length; n += 2) pairs.push([args[n] as string, args[n + 1] as string])
  instance.config.set(pairs)
  // A lower limit, or another policy, applies now, not when the next command makes room.
  instance.eviction.makeRoom()
  return OK
}

const resetStat: Handler = ({ instance }) => {
  instance.stats.reset()
  instance.clients.accepted = 0
  for (const command of instance.commands.all.values()) resetCalls(command)
  return OK
}

function resetCalls(command: TableCommand): void {
  command.stats.reset()
  for (const subcommand of command.subcommandsByName.values()) resetCalls(subcommand)
}

const rewrite: Handler = () => {
  throw new CommandError('ERR The server is running without a config file')
}

const ADMIN = 'admin noscript loading stale'

export const config: GroupedDefinition = {
  name: 'config',
  arity: -2,
  flags: '',
  since: '2.0.0',
  summary: 'Reads and changes parameters of the server.',
  subcommands: [
    {
      name: 'get',
      arity: -3,
      flags: ADMIN,
      since: '2.0.0',
      summary: 'Returns the parameters whose names match patterns.',
      handler: get,
    },
    {
      name: 'set',
      arity: -4,
      flags: ADMIN,
      tips: 'request_policy:all_nodes response_policy:all_succeeded',
      since: '2.0.0',
      summary: 'Sets parameters, all or none.',
      handler: set,
    },
    {
      name: 'resetstat',
      arity: 2,
      flags: ADMIN,
      since: '2.0.0',
      summary: 'Resets the counts that INFO returns.',
      handler: resetStat,
    },
    {
      name: 'rewrite',
      arity: 2,
      flags: ADMIN,
      since: '2.8.0',
      summary: 'Answers an error: there is no configuration file.',
      handler: rewrite,
    },
    helpSubcommand('config', '5.0.0', [
      'GET <pattern>',
      '    Return parameters matching the glob-like <pattern> and their values.',
      'SET <directive> <value>',
      '    Set the configuration <directive> to <value>.',
      'RESETSTAT',
      '    Reset statistics reported by the INFO command.',
      'REWRITE',
      '    Rewrite the configuration file.',
    ]),
  ],
}
