import { CommandError, SYNTAX_ERROR } from '../../command-error.ts'
import { integer, OK } from '../../protocol/reply.ts'
import { databaseAt, intArgument } from '../arguments/database-argument.ts'
import { defineGroup, type Handler } from '../command.ts'

const NO_FIRST = new CommandError('ERR invalid first DB index')
const NO_SECOND = new CommandError('ERR invalid second DB index')

const dbsize: Handler = ({ database }) => integer(database.size)

const flushdb: Handler = ({ database, instance }, args) => {
  checkFlushMode(args)
  instance.flush(database)
  return OK
}

const flushall: Handler = ({ instance }, args) => {
  checkFlushMode(args)
  instance.flush()
  return OK
}

/** SYNC and ASYNC are the same here: memory is freed by the garbage collector. */
function checkFlushMode(args: readonly string[]): void {
  if (args.length === 1) return
  const mode = (args[1] as string).toLowerCase()
  if (args.length > 2 || (mode !== 'sync' && mode !== 'async')) throw SYNTAX_ERROR
}

const swapdb: Handler = (session, args) => {
  const first = intArgument(args[1] as string, NO_FIRST)
  const second = intArgument(args[2] as string, NO_SECOND)
  session.instance.swap(databaseAt(session, first), databaseAt(session, second))
  return OK
}

/** Commands of whole databases. */
export const databaseCommands = defineGroup('server', [
  {
    name: 'dbsize',
    arity: 1,
    flags: 'readonly fast',
    tips: 'request_policy:all_shards response_policy:agg_sum',
    categories: 'keyspace',
    since: '1.0.0',
    summary: 'Returns the number of keys of the selected database.',
    handler: dbsize,
  },
  {
    name: 'flushall',
    arity: -1,
    flags: 'write',
    tips: 'request_policy:all_shards response_policy:all_succeeded',
    categories: 'keyspace dangerous',
    since: '1.0.0',
    summary: 'Removes all keys of all databases.',
    handler: flushall,
  },
  {
    name: 'flushdb',
    arity: -1,
    flags: 'write',
    tips: 'request_policy:all_shards response_policy:all_succeeded',
    categories: 'keyspace dangerous',
    since: '1.0.0',
    summary: 'Removes all keys of the selected database.',
    handler: flushdb,
  },
  {
    name: 'swapdb',
    arity: 3,
    flags: 'write fast',
    categories: 'keyspace dangerous',
    since: '4.0.0',
    summary: 'Exchanges the keys of two databases.',
    handler: swapdb,
  },
])
