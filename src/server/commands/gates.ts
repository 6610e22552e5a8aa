import { error } from '../protocol/reply.ts'
import type { Gate } from './dispatcher.ts'

/** Refuses all but AUTH and HELLO until the client has given the password. */
const authentication: Gate = ({ client }, command) =>
  client.authenticated || command.flagSet.has('no_auth')
    ? undefined
    : error('NOAUTH Authentication required.')

const OUT_OF_MEMORY = error("OOM command not allowed when used memory > 'maxmemory'.")

/** Makes room by eviction. Without room it refuses what may need more. */
const memory: Gate = ({ instance }, command) =>
  instance.eviction.makeRoom() || !command.flagSet.has('denyoom') ? undefined : OUT_OF_MEMORY

/** In the order of Redis. */
export const GATES: readonly Gate[] = [authentication, memory]
