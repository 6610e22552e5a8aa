import { createHash, randomBytes } from 'node:crypto'
import { CommandError, NOT_AN_INTEGER } from '../../command-error.ts'
import { readInteger } from '../../data/numbers.ts'
import { bulk, bulkArray, EMPTY_ARRAY, OK } from '../../protocol/reply.ts'
import type { GroupedDefinition, Handler } from '../command.ts'
import { helpSubcommand } from '../help-reply.ts'
import { withSubcommands } from './command.ts'
import { ACL_CATEGORIES, categoriesOf } from './command-details.ts'

const ADMIN = 'admin noscript loading stale'
const ANYONE = 'noscript loading stale'

/** Returns what ACL shows of the password of the only user. */
function passwordRule(password: string): string {
  return password === '' ? 'nopass' : `#${hash(password)}`
}

function hash(password: string): string {
  return createHash('sha256').update(password, 'latin1').digest('hex')
}

const list: Handler = ({ instance }) =>
  bulkArray([`user default on ${passwordRule(instance.config.get('requirepass'))} ~* &* +@all`])

const getUser: Handler = ({ form, instance }, args) => {
  if (args[2] !== 'default') return form.nil
  const password = instance.config.get('requirepass')
  const flags = password === '' ? ['on', 'nopass'] : ['on']
  return (
    form.mapHeader(6) +
    (bulk('flags') + form.setHeader(flags.length) + flags.map(bulk).join('')) +
    (bulk('passwords') + bulkArray(password === '' ? [] : [hash(password)])) +
    (bulk('commands') + bulk('+@all')) +
    (bulk('keys') + bulk('~*')) +
    (bulk('channels') + bulk('&*')) +
    (bulk('selectors') + EMPTY_ARRAY)
  )
}

const categories: Handler = ({ instance }, args) => {
  if (args.length === 2) return bulkArray(ACL_CATEGORIES)
  const asked = (args[2] as string).toLowerCase()
  if (!ACL_CATEGORIES.some((category) => category === asked))
    throw new CommandError(`ERR Unknown category '${args[2]}'`)
  const found = withSubcommands(instance.commands).filter((command) =>
    categoriesOf(command).some((category) => category === asked),
  )
  return bulkArray(found.map(({ fullName }) => fullName))
}

const generatePassword: Handler = (_, args) => {
  const bits = args.length > 2 ? readInteger(args[2] as string) : 256
  if (bits === undefined) throw NOT_AN_INTEGER
  if (bits < 1 || bits > 4096)
    throw new CommandError(
      'ERR ACL GENPASS argument must be the number of bits for the output password, a positive number up to 4096',
    )
  const digits = Math.ceil(bits / 4)
  return bulk(
    randomBytes(Math.ceil(digits / 2))
      .toString('hex')
      .slice(0, digits),
  )
}

const dryRun: Handler = ({ instance }, args) => {
  if (args[2] !== 'default') throw new CommandError(`ERR User '${args[2]}' not found`)
  if (!instance.commands.find(args[3] as string)) throw new CommandError(`ERR Command '${args[3]}' not found`)
  return OK
}

const oneUser: Handler = () => {
  throw new CommandError('ERR this server has one user, default: others need Redis or Valkey')
}

const noFile: Handler = () => {
  throw new CommandError('ERR This Redis instance is not configured to use an ACL file.')
}

/** One line for each: name, arity, flags, version, purpose, handler. */
const SUBCOMMANDS: readonly (readonly [string, number, string, string, string, Handler])[] = [
  ['whoami', 2, ANYONE, '6.0.0', 'Answers default.', () => bulk('default')],
  ['list', 2, ADMIN, '6.0.0', 'Returns the rules of the only user.', list],
  ['users', 2, ADMIN, '6.0.0', 'Answers default.', () => bulkArray(['default'])],
  ['getuser', 3, ADMIN, '6.0.0', 'Returns the rules of a user.', getUser],
  ['cat', -2, ANYONE, '6.0.0', 'Returns categories, or the commands of one.', categories],
  ['genpass', -2, ANYONE, '6.0.0', 'Returns a random password.', generatePassword],
  ['dryrun', -4, ADMIN, '7.0.0', 'Answers OK: the only user may run all commands.', dryRun],
  ['log', -2, ADMIN, '6.0.0', 'Answers no entries.', (_, args) => (args.length > 2 ? OK : EMPTY_ARRAY)],
  ['setuser', -3, ADMIN, '6.0.0', 'Answers an error: there is one user.', oneUser],
  ['deluser', -3, ADMIN, '6.0.0', 'Answers an error: there is one user.', oneUser],
  ['load', 2, ADMIN, '6.0.0', 'Answers an error: there is no file of users.', noFile],
  ['save', 2, ADMIN, '6.0.0', 'Answers an error: there is no file of users.', noFile],
]

export const acl: GroupedDefinition = {
  name: 'acl',
  arity: -2,
  flags: '',
  since: '6.0.0',
  summary: 'Answers of the only user, default.',
  subcommands: [
    ...SUBCOMMANDS.map(([name, arity, flags, since, summary, handler]) => ({
      name,
      arity,
      flags,
      since,
      summary,
      handler,
    })),
    helpSubcommand('acl', '6.0.0', [
      'CAT [<category>]',
      '    List all commands that belong to <category>, or all command categories',
      '    when no category is specified.',
      'DRYRUN <username> <command> [<arg> ...]',
      '    Returns whether the user can execute the given command without executing the command.',
      'GETUSER <username>',
      "    Get the user's details.",
      'GENPASS [<bits>]',
      '    Generate a secure 256-bit user password. The optional `bits` argument can',
      '    be used to specify a different size.',
      'LIST',
      '    Show users details in config file format.',
      'USERS',
      '    List all the registered usernames.',
      'WHOAMI',
      '    Return the current connection username.',
    ]),
  ],
}
