import { defineGroup } from '../command.ts'
import { pfadd, pfcount, pfmerge } from './count.ts'
import { pfdebug } from './debug.ts'
import { pfselftest } from './self-test.ts'

export const hyperloglogCommands = defineGroup('hyperloglog', [
  {
    name: 'pfadd',
    arity: -2,
    flags: 'write denyoom fast',
    keys: 'RW insert 1',
    since: '2.8.9',
    summary: 'Adds elements to a HyperLogLog.',
    handler: pfadd,
  },
  {
    name: 'pfcount',
    arity: -2,
    flags: 'readonly',
    keys: 'RW access 1..-1',
    since: '2.8.9',
    summary: 'Estimates the number of different elements of one HyperLogLog or several.',
    handler: pfcount,
  },
  {
    name: 'pfdebug',
    arity: 3,
    flags: 'write denyoom admin',
    keys: 'RW access 2',
    since: '2.8.9',
    summary: 'Shows the registers or the encoding of a HyperLogLog.',
    handler: pfdebug,
  },
  {
    name: 'pfmerge',
    arity: -2,
    flags: 'write denyoom',
    keys: ['RW access insert 1', 'RO access 2..-1'],
    since: '2.8.9',
    summary: 'Merges HyperLogLogs into one.',
    handler: pfmerge,
  },
  {
    name: 'pfselftest',
    arity: 1,
    flags: 'admin',
    since: '2.8.9',
    summary: 'Tests estimates of HyperLogLogs, in both encodings.',
    handler: pfselftest,
  },
])
