import { CommandError } from '../../command-error.ts'
import { array, bulk, EMPTY_ARRAY, OK, ZERO } from '../../protocol/reply.ts'
import type { GroupedDefinition, Handler } from '../command.ts'

const ADMIN = 'admin noscript stale no_async_loading'

const replicaOf: Handler = (_, args) => {
  if ((args[1] as string).toLowerCase() === 'no' && (args[2] as string).toLowerCase() === 'one') return OK
  throw new CommandError('ERR this server has no replication: replicas need Redis or Valkey')
}

export const replication: readonly GroupedDefinition[] = [
  {
    name: 'role',
    arity: 1,
    flags: 'noscript loading stale fast',
    categories: 'admin dangerous',
    since: '2.8.12',
    summary: 'Answers that this is a master without replicas.',
    handler: () => array([bulk('master'), ZERO, EMPTY_ARRAY]),
  },
  {
    name: 'replicaof',
    arity: 3,
    flags: ADMIN,
    since: '5.0.0',
    summary: 'Takes NO ONE; otherwise answers an error, since there is no replication.',
    handler: replicaOf,
  },
  {
    name: 'slaveof',
    arity: 3,
    flags: ADMIN,
    since: '1.0.0',
    summary: 'The former name of REPLICAOF.',
    handler: replicaOf,
  },
  {
    name: 'failover',
    arity: -1,
    flags: 'admin noscript stale',
    since: '6.2.0',
    summary: 'Answers an error: there are no replicas.',
    handler: () => {
      throw new CommandError('ERR FAILOVER requires connected replicas.')
    },
  },
]
