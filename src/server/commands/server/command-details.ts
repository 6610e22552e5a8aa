import { array, bulk, integer, simple } from '../../protocol/reply.ts'
import type { ReplyForm } from '../../protocol/reply-form.ts'
import type { CommandGroup, TableCommand } from '../command-info.ts'

/** Categories of ACL, in the order in which Redis lists them. */
export const ACL_CATEGORIES = [
  'keyspace',
  'read',
  'write',
  'set',
  'sortedset',
  'list',
  'hash',
  'string',
  'bitmap',
  'hyperloglog',
  'geo',
  'stream',
  'pubsub',
  'admin',
  'fast',
  'slow',
  'blocking',
  'dangerous',
  'connection',
  'transaction',
  'scripting',
] as const

type Category = (typeof ACL_CATEGORIES)[number]

const CATEGORY_OF_GROUP: Partial<Record<CommandGroup, Category>> = {
  bitmap: 'bitmap',
  connection: 'connection',
  generic: 'keyspace',
  hash: 'hash',
  hyperloglog: 'hyperloglog',
  list: 'list',
  scripting: 'scripting',
  set: 'set',
  'sorted-set': 'sortedset',
  stream: 'stream',
  string: 'string',
  transactions: 'transaction',
}

/** Returns the ACL categories of a command: those of its flags, and that of its group. */
export function categoriesOf({ flagSet, group }: TableCommand): Category[] {
  const found = new Set<Category>([flagSet.has('fast') ? 'fast' : 'slow'])
  if (flagSet.has('readonly') && group !== 'scripting') found.add('read')
  for (const flag of ['write', 'pubsub', 'admin', 'blocking'] as const) if (flagSet.has(flag)) found.add(flag)
  if (flagSet.has('admin')) found.add('dangerous')
  const own = CATEGORY_OF_GROUP[group]
  if (own) found.add(own)
  return ACL_CATEGORIES.filter((category) => found.has(category))
}

/** Encodes what COMMAND and COMMAND INFO answer of a command. */
export function encodeDetails(form: ReplyForm, command: TableCommand): string {
  const [first, last, step] = command.keys ?? [0, 0, 0]
  const subcommands = [...command.subcommandsByName.values()]
  const status = (texts: readonly string[]) => form.setHeader(texts.length) + texts.map(simple).join('')
  return array([
    bulk(command.fullName),
    integer(command.arity),
    status([...command.flagSet]),
    integer(first),
    integer(last),
    integer(step),
    status(categoriesOf(command).map((category) => `@${category}`)),
    // Tips for clusters.
    form.setHeader(0),
    encodeKeySpecs(form, command),
    form.setHeader(subcommands.length) + subcommands.map((one) => encodeDetails(form, one)).join(''),
  ])
}

function encodeKeySpecs(form: ReplyForm, { flagSet, keys }: TableCommand): string {
  if (!keys) return form.setHeader(0)
  const [first, last, step] = keys
  const map = (pairs: readonly [string, string][]) =>
    form.mapHeader(pairs.length) + pairs.map(([name, value]) => bulk(name) + value).join('')
  const flags = flagSet.has('write') ? ['RW', 'update'] : ['RO', 'access']
  const range: [string, string][] = [
    ['lastkey', integer(last < 0 ? last : last - first)],
    ['keystep', integer(step)],
    ['limit', integer(0)],
  ]
  return (
    form.setHeader(1) +
    map([
      ['flags', form.setHeader(flags.length) + flags.map(simple).join('')],
      [
        'begin_search',
        map([
          ['type', bulk('index')],
          ['spec', map([['index', integer(first)]])],
        ]),
      ],
      [
        'find_keys',
        map([
          ['type', bulk('range')],
          ['spec', map(range)],
        ]),
      ],
    ])
  )
}

/** Encodes the name and what COMMAND DOCS answers of a command. */
export function encodeDocs(form: ReplyForm, command: TableCommand): string {
  const subcommands = [...command.subcommandsByName.values()]
  let reply = bulk(command.fullName) + form.mapHeader(subcommands.length > 0 ? 4 : 3)
  reply += bulk('summary') + bulk(command.summary)
  reply += bulk('since') + bulk(command.since)
  reply += bulk('group') + bulk(command.group)
  if (subcommands.length === 0) return reply
  reply += bulk('subcommands') + form.mapHeader(subcommands.length)
  for (const subcommand of subcommands) reply += encodeDocs(form, subcommand)
  return reply
}
