import { CommandError, SYNTAX_ERROR } from '../../command-error.ts'
import { globMatcher } from '../../data/glob.ts'
import { array, arrayHeader, bulk, bulkArray, integer, simple } from '../../protocol/reply.ts'
import type { GroupedDefinition, Handler } from '../command.ts'
import { type CommandList, keyUses, type TableCommand } from '../command-info.ts'
import { helpSubcommand } from '../help-reply.ts'
import { isOfKeys, type KeyUse } from '../key-specs.ts'
import { categoriesOf, encodeDetails, encodeDocs } from './command-details.ts'

const all: Handler = ({ form, instance }) =>
  array([...instance.commands.all.values()].map((command) => encodeDetails(form, command)))

const info: Handler = (session, args) => {
  if (args.length === 2) return all(session, args)
  const { form, instance } = session
  let reply = arrayHeader(args.length - 2)
  for (const name of args.slice(2)) {
    const command = instance.commands.find(name)
    reply += command ? encodeDetails(form, command) : form.nil
  }
  return reply
}

const docs: Handler = ({ form, instance }, args) => {
  const { commands } = instance
  const asked =
    args.length === 2 ? [...commands.all.values()] : args.slice(2).map((name) => commands.find(name))
  const found = asked.filter((command) => command !== undefined)
  return form.mapHeader(found.length) + found.map((command) => encodeDocs(form, command)).join('')
}

const count: Handler = ({ instance }) => integer(instance.commands.all.size)

const list: Handler = ({ instance }, args) => {
  const matches = args.length === 2 ? () => true : filterOf(args)
  return bulkArray(
    withSubcommands(instance.commands)
      .filter(matches)
      .map(({ fullName }) => fullName),
  )
}

function filterOf(args: readonly string[]): (command: TableCommand) => boolean {
  const [, , filterBy = '', kind = '', value = ''] = args
  if (args.length !== 5 || filterBy.toLowerCase() !== 'filterby') throw SYNTAX_ERROR
  switch (kind.toLowerCase()) {
    case 'module':
      return () => false
    case 'aclcat':
      return (command) => categoriesOf(command).some((category) => category === value.toLowerCase())
    case 'pattern': {
      const matches = globMatcher(value, true)
      return ({ fullName }) => matches(fullName)
    }
    default:
      throw SYNTAX_ERROR
  }
}

/** Returns all commands, each followed by its subcommands. */
export function withSubcommands(commands: CommandList): TableCommand[] {
  return [...commands.all.values()].flatMap((command) => [command, ...command.subcommandsByName.values()])
}

/** Returns the keys of a request that is an argument of another one. */
function keysIn(commands: CommandList, request: readonly string[]): readonly KeyUse[] {
  const [name = '', second = ''] = request
  const container = commands.find(name)
  const command = container?.subcommandsByName.get(second.toLowerCase()) ?? container
  if (!command) throw new CommandError('ERR Invalid command specified')
  if (!command.keySpecs.some(isOfKeys)) throw new CommandError('ERR The command has no key arguments')
  const { arity } = command
  if (arity >= 0 ? request.length !== arity : request.length < -arity)
    throw new CommandError('ERR Invalid number of arguments specified for command')
  const keys = keyUses(command, request)
  if (keys.length === 0 && !command.flagSet.has('no_mandatory_keys'))
    throw new CommandError('ERR Invalid arguments specified for command')
  return keys
}

const getKeys: Handler = ({ instance }, args) =>
  bulkArray(keysIn(instance.commands, args.slice(2)).map(({ key }) => key))

const getKeysAndFlags: Handler = ({ form, instance }, args) =>
  array(
    keysIn(instance.commands, args.slice(2)).map(({ key, flags }) =>
      array([bulk(key), form.setHeader(flags.length) + flags.map(simple).join('')]),
    ),
  )

const FLAGS = 'loading stale'

export const command: GroupedDefinition = {
  name: 'command',
  arity: -1,
  flags: FLAGS,
  tips: 'nondeterministic_output_order',
  categories: 'connection',
  since: '2.8.13',
  summary: 'Returns details of all commands.',
  handler: all,
  subcommands: [
    {
      name: 'info',
      arity: -2,
      flags: FLAGS,
      tips: 'nondeterministic_output_order',
      categories: 'connection',
      since: '2.8.13',
      summary: 'Returns details of commands: arity, flags, keys.',
      handler: info,
    },
    {
      name: 'docs',
      arity: -2,
      flags: FLAGS,
      tips: 'nondeterministic_output_order',
      categories: 'connection',
      since: '7.0.0',
      summary: 'Returns what commands are for.',
      handler: docs,
    },
    {
      name: 'count',
      arity: 2,
      flags: FLAGS,
      categories: 'connection',
      since: '2.8.13',
      summary: 'Returns the number of commands.',
      handler: count,
    },
    {
      name: 'list',
      arity: -2,
      flags: FLAGS,
      tips: 'nondeterministic_output_order',
      categories: 'connection',
      since: '7.0.0',
      summary: 'Returns the names of commands.',
      handler: list,
    },
    {
      name: 'getkeys',
      arity: -4,
      flags: FLAGS,
      categories: 'connection',
      since: '2.8.13',
      summary: 'Returns the keys of a request.',
      handler: getKeys,
    },
    {
      name: 'getkeysandflags',
      arity: -4,
      flags: FLAGS,
      categories: 'connection',
      since: '7.0.0',
      summary: 'Returns the keys of a request, and whether they are written.',
      handler: getKeysAndFlags,
    },
    {
      ...helpSubcommand('command', '5.0.0', [
        '(no subcommand)',
        '    Return details about all Redis commands.',
        'COUNT',
        '    Return the total number of commands in this Redis server.',
        'LIST',
        '    Return a list of all commands in this Redis server.',
        'INFO [<command-name> ...]',
        '    Return details about multiple Redis commands.',
        '    If no command names are given, documentation details for all',
        '    commands are returned.',
        'DOCS [<command-name> ...]',
        '    Return documentation details about multiple Redis commands.',
        '    If no command names are given, documentation details for all',
        '    commands are returned.',
        'GETKEYS <full-command>',
        '    Return the keys from a full Redis command.',
        'GETKEYSANDFLAGS <full-command>',
        '    Return the keys and the access flags from a full Redis command.',
      ]),
      categories: 'connection',
    },
  ],
}
