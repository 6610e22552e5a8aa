import { error } from '../protocol/reply.ts'
import type { Gate } from './dispatcher.ts'

/** Refuses all but AUTH and HELLO until the client has given the password. */
const authentication: Gate = ({ client }, command) =>
  client.authenticated || command.flagSet.has('no_auth')
    ? undefined
    : error('NOAUTH Authentication required.')

/** In the order of Redis. */
export const GATES: readonly Gate[] = [authentication]
