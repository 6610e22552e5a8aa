import { CommandError } from '../../command-error.ts'
import { EMPTY_ARRAY } from '../../protocol/reply.ts'
import type { GroupedDefinition, Handler } from '../command.ts'
import { helpSubcommand } from '../help-reply.ts'

const refuse: Handler = () => {
  throw new CommandError('ERR this server loads no modules: server.command() adds commands')
}

const ADMIN = 'admin noscript no_async_loading'

export const modules: GroupedDefinition = {
  name: 'module',
  arity: -2,
  flags: '',
  since: '4.0.0',
  summary: 'Answers that there are no modules.',
  subcommands: [
    {
      name: 'list',
      arity: 2,
      flags: 'admin noscript',
      tips: 'nondeterministic_output_order',
      since: '4.0.0',
      summary: 'Answers no modules.',
      handler: () => EMPTY_ARRAY,
    },
    {
      name: 'load',
      arity: -3,
      flags: ADMIN,
      since: '4.0.0',
      summary: 'Answers an error: there are no modules.',
      handler: refuse,
    },
    {
      name: 'loadex',
      arity: -3,
      flags: ADMIN,
      since: '7.0.0',
      summary: 'Answers an error: there are no modules.',
      handler: refuse,
    },
    {
      name: 'unload',
      arity: 3,
      flags: ADMIN,
      since: '4.0.0',
      summary: 'Answers an error: there are no modules.',
      handler: refuse,
    },
    helpSubcommand('module', '5.0.0', ['LIST', '    Return a list of loaded modules.']),
  ],
}
