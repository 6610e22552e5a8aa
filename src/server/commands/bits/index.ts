import { defineGroup } from '../command.ts'
import { bitcount } from './bitcount.ts'
import { bitfield, bitfieldKeys, bitfieldRo } from './bitfield.ts'
import { bitop } from './bitop.ts'
import { bitpos } from './bitpos.ts'
import { getbit, setbit } from './single-bit.ts'

export const bitCommands = defineGroup('bitmap', [
  {
    name: 'bitcount',
    arity: -2,
    flags: 'readonly',
    keys: 'RO access 1',
    since: '2.6.0',
    summary: 'Counts the bits of a string that are 1.',
    handler: bitcount,
  },
  {
    name: 'bitfield',
    arity: -2,
    flags: 'write denyoom',
    keys: 'RW access update variable_flags 1',
    findKeys: bitfieldKeys,
    since: '3.2.0',
    summary: 'Reads and writes integers of any width in a string.',
    handler: bitfield,
  },
  {
    name: 'bitfield_ro',
    arity: -2,
    flags: 'readonly fast',
    keys: 'RO access 1',
    since: '6.0.0',
    summary: 'Reads integers of any width in a string.',
    handler: bitfieldRo,
  },
  {
    name: 'bitop',
    arity: -4,
    flags: 'write denyoom',
    keys: ['OW update 2', 'RO access 3..-1'],
    since: '2.6.0',
    summary: 'Combines the bits of strings, and stores the result.',
    handler: bitop,
  },
  {
    name: 'bitpos',
    arity: -3,
    flags: 'readonly',
    keys: 'RO access 1',
    since: '2.8.7',
    summary: 'Returns the first bit of a string that is 0 or 1.',
    handler: bitpos,
  },
  {
    name: 'getbit',
    arity: 3,
    flags: 'readonly fast',
    keys: 'RO access 1',
    since: '2.2.0',
    summary: 'Returns a bit of a string.',
    handler: getbit,
  },
  {
    name: 'setbit',
    arity: 4,
    flags: 'write denyoom',
    keys: 'RW access update 1',
    since: '2.2.0',
    summary: 'Sets a bit of a string, and returns the one before.',
    handler: setbit,
  },
])
