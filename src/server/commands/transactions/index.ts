import { defineGroup } from '../command.ts'
import { discard, exec, multi } from './transactions.ts'
import { unwatch, watch } from './watch.ts'

export const transactionCommands = defineGroup('transactions', [
  {
    name: 'multi',
    arity: 1,
    flags: 'noscript loading stale fast allow_busy',
    since: '1.2.0',
    summary: 'Begins a transaction: the requests that follow are queued.',
    handler: multi,
  },
  {
    name: 'exec',
    arity: 1,
    flags: 'noscript loading stale skip_slowlog',
    since: '1.2.0',
    summary: 'Runs the requests of a transaction.',
    handler: exec,
  },
  {
    name: 'discard',
    arity: 1,
    flags: 'noscript loading stale fast allow_busy',
    since: '2.0.0',
    summary: 'Drops the requests of a transaction.',
    handler: discard,
  },
  {
    name: 'watch',
    arity: -2,
    flags: 'noscript loading stale fast allow_busy',
    keys: 'RO 1..-1',
    since: '2.2.0',
    summary: 'Lets the next transaction fail if one of the keys is changed before.',
    handler: watch,
  },
  {
    name: 'unwatch',
    arity: 1,
    flags: 'noscript loading stale fast allow_busy',
    since: '2.2.0',
    summary: 'Ends what WATCH has begun.',
    handler: unwatch,
  },
])
