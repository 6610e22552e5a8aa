import type { GroupedDefinition } from '../command.ts'
import { zdiff, zdiffstore, zinter, zintercard, zinterstore, zunion, zunionstore } from './combinations.ts'
import { zrangestore } from './ranges.ts'

/** The commands that make a sorted set of others. */
export const combineDefinitions: readonly GroupedDefinition[] = [
  {
    name: 'zrangestore',
    arity: -5,
    flags: 'write denyoom',
    keys: ['OW update 1', 'RO access 2'],
    since: '6.2.0',
    summary: 'Stores the members of a range in a key.',
    handler: zrangestore,
  },
  {
    name: 'zunion',
    arity: -3,
    flags: 'readonly movablekeys',
    keys: 'RO access numkeys 1',
    since: '6.2.0',
    summary: 'Returns the members of any of several sets.',
    handler: zunion,
  },
  {
    name: 'zinter',
    arity: -3,
    flags: 'readonly movablekeys',
    keys: 'RO access numkeys 1',
    since: '6.2.0',
    summary: 'Returns the members of all of several sets.',
    handler: zinter,
  },
  {
    name: 'zdiff',
    arity: -3,
    flags: 'readonly movablekeys',
    keys: 'RO access numkeys 1',
    since: '6.2.0',
    summary: 'Returns the members of a set that are in no other one.',
    handler: zdiff,
  },
  {
    name: 'zunionstore',
    arity: -4,
    flags: 'write denyoom movablekeys',
    keys: ['OW update 1', 'RO access numkeys 2'],
    since: '2.0.0',
    summary: 'Stores the members of any of several sets in a key.',
    handler: zunionstore,
  },
  {
    name: 'zinterstore',
    arity: -4,
    flags: 'write denyoom movablekeys',
    keys: ['OW update 1', 'RO access numkeys 2'],
    since: '2.0.0',
    summary: 'Stores the members of all of several sets in a key.',
    handler: zinterstore,
  },
  {
    name: 'zdiffstore',
    arity: -4,
    flags: 'write denyoom movablekeys',
    keys: ['OW update 1', 'RO access numkeys 2'],
    since: '6.2.0',
    summary: 'Stores the members of a set that are in no other one in a key.',
    handler: zdiffstore,
  },
  {
    name: 'zintercard',
    arity: -3,
    flags: 'readonly movablekeys',
    keys: 'RO access numkeys 1',
    since: '7.0.0',
    summary: 'Counts the members of all of several sets.',
    handler: zintercard,
  },
]
