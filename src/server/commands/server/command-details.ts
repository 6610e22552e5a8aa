import { array, bulk, integer, simple } from '../../protocol/reply.ts'
import type { ReplyForm } from '../../protocol/reply-form.ts'
import type { CommandGroup, TableCommand } from '../command-info.ts'
import { type KeySpec, keyRange } from '../key-specs.ts'

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

/** Returns the ACL categories of a command: of its flags, and its own or that of its group. */
export function categoriesOf({ flagSet, group, categories, isContainer }: TableCommand): Category[] {
  const found = new Set<string>([flagSet.has('fast') ? 'fast' : 'slow'])
  if (flagSet.has('readonly') && group !== 'scripting') found.add('read')
  for (const flag of ['write', 'pubsub', 'admin', 'blocking'] as const) if (flagSet.has(flag)) found.add(flag)
  if (flagSet.has('admin')) found.add('dangerous')
  const own = isContainer ? '' : (categories ?? CATEGORY_OF_GROUP[group] ?? '')
  for (const category of own.split(' ')) found.add(category)
  return ACL_CATEGORIES.filter((category) => found.has(category))
}

/** Encodes what COMMAND and COMMAND INFO answer of a command. */
export function encodeDetails(form: ReplyForm, command: TableCommand): string {
  const { first, last, step } = keyRange(command.keySpecs)
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
    bulks(form, command.tips?.split(' ') ?? []),
    form.setHeader(command.keySpecs.length) +
      command.keySpecs.map((spec) => encodeKeySpec(form, spec)).join(''),
    form.setHeader(subcommands.length) + subcommands.map((one) => encodeDetails(form, one)).join(''),
  ])
}

function bulks(form: ReplyForm, texts: readonly string[]): string {
  return form.setHeader(texts.length) + texts.map(bulk).join('')
}

function encodeKeySpec(form: ReplyForm, { flags, begin, find }: KeySpec): string {
  const map = (pairs: readonly (readonly [string, string])[]) =>
    form.mapHeader(pairs.length) + pairs.map(([name, value]) => bulk(name) + value).join('')
  const typed = (type: string, spec: readonly (readonly [string, string])[]) =>
    map([
      ['type', bulk(type)],
      ['spec', map(spec)],
    ])
  return map([
    ['flags', form.setHeader(flags.length) + flags.map(simple).join('')],
    ['begin_search', typed(...encodeBegin(begin))],
    ['find_keys', typed(...(begin ? encodeFind(find) : UNKNOWN))],
  ])
}

type Encoded = readonly [type: string, spec: readonly (readonly [string, string])[]]

const UNKNOWN: Encoded = ['unknown', []]

function encodeBegin(begin: KeySpec['begin']): Encoded {
  if (!begin) return UNKNOWN
  if ('index' in begin) return ['index', [['index', integer(begin.index)]]]
  const { keyword, from } = begin
  return [
    'keyword',
    [
      ['keyword', bulk(keyword)],
      ['startfrom', integer(from)],
    ],
  ]
}

function encodeFind(find: KeySpec['find']): Encoded {
  const numbers =
    find.type === 'range'
      ? { lastkey: find.last, keystep: find.step, limit: find.limit }
      : { keynumidx: 0, firstkey: 1, keystep: 1 }
  return [find.type, Object.entries(numbers).map(([name, value]) => [name, integer(value)])]
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
