import type { GroupedDefinition } from '../command.ts'
import { encoding, frequency, help, idleTime, referenceCount } from './object.ts'

export const objectSubcommands: readonly GroupedDefinition[] = [
  {
    name: 'encoding',
    arity: 3,
    flags: 'readonly',
    keys: 'RO 2',
    tips: 'nondeterministic_output',
    since: '2.2.3',
    summary: 'Returns how Redis would store the value of a key.',
    handler: encoding,
  },
  {
    name: 'freq',
    arity: 3,
    flags: 'readonly',
    keys: 'RO 2',
    tips: 'nondeterministic_output',
    since: '4.0.0',
    summary: 'Returns how often a key is used, on a logarithmic scale.',
    handler: frequency,
  },
  {
    name: 'help',
    arity: 2,
    flags: 'loading stale',
    since: '6.2.0',
    summary: 'Lists the subcommands.',
    handler: help,
  },
  {
    name: 'idletime',
    arity: 3,
    flags: 'readonly',
    keys: 'RO 2',
    tips: 'nondeterministic_output',
    since: '2.2.3',
    summary: 'Returns for how many seconds a key has not been used.',
    handler: idleTime,
  },
  {
    name: 'refcount',
    arity: 3,
    flags: 'readonly',
    keys: 'RO 2',
    tips: 'nondeterministic_output',
    since: '2.2.3',
    summary: 'Returns the number of references to the value of a key.',
    handler: referenceCount,
  },
]
