import { CommandError } from '../../command-error.ts'
import { defineGroup, type Handler } from '../command.ts'

const DISABLED = new CommandError('ERR This instance has cluster support disabled')

/** Answers the error by which clients find out that this is no cluster. */
const refuse: Handler = () => {
  throw DISABLED
}

const SUMMARY = 'Answers an error: this is no cluster.'

/** The subcommands that clients send, with the number of arguments. */
const SUBCOMMANDS: readonly (readonly [name: string, arity: number, since: string])[] = [
  ['countkeysinslot', 3, '3.0.0'],
  ['help', 2, '5.0.0'],
  ['info', 2, '3.0.0'],
  ['keyslot', 3, '3.0.0'],
  ['links', 2, '7.0.0'],
  ['myid', 2, '3.0.0'],
  ['nodes', 2, '3.0.0'],
  ['reset', -2, '3.0.0'],
  ['shards', 2, '7.0.0'],
  ['slots', 2, '3.0.0'],
]

/** Flags of the subcommands that have others than the rest. */
const FLAGS: Readonly<Record<string, string>> = { help: 'loading stale', reset: 'admin stale noscript' }

/** Subcommands whose replies differ from time to time on a cluster. */
const UNSTABLE = new Set(['info', 'links', 'nodes', 'shards', 'slots'])

const refused = { summary: SUMMARY, handler: refuse }

export const clusterCommands = defineGroup('cluster', [
  {
    name: 'cluster',
    arity: -2,
    flags: '',
    since: '3.0.0',
    summary: SUMMARY,
    subcommands: SUBCOMMANDS.map(([name, arity, since]) => ({
      name,
      arity,
      flags: FLAGS[name] ?? 'stale',
      ...(UNSTABLE.has(name) ? { tips: 'nondeterministic_output' } : {}),
      since,
      ...refused,
    })),
  },
  { name: 'asking', arity: 1, flags: 'fast', categories: 'connection', since: '3.0.0', ...refused },
  {
    name: 'readonly',
    arity: 1,
    flags: 'loading stale fast',
    categories: 'connection',
    since: '3.0.0',
    ...refused,
  },
  {
    name: 'readwrite',
    arity: 1,
    flags: 'loading stale fast',
    categories: 'connection',
    since: '3.0.0',
    ...refused,
  },
])
