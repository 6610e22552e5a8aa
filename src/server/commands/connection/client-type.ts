import type { Client } from '../../clients/client.ts'
import { CommandError } from '../../command-error.ts'

/** Types of clients in CLIENT LIST and CLIENT KILL. There are no replicas here. */
export type ClientType = 'normal' | 'replica' | 'master' | 'pubsub'

/** @throws CommandError */
export function typeArgument(text: string): ClientType {
  const type = text.toLowerCase()
  if (type === 'slave') return 'replica'
  if (type === 'normal' || type === 'replica' || type === 'master' || type === 'pubsub') return type
  throw new CommandError(`ERR Unknown client type '${text}'`)
}

export function typeOf(client: Client): ClientType {
  return client.subscriptions > 0 ? 'pubsub' : 'normal'
}
