import { OptionError } from '../errors.ts'
import type { StreamCodec } from './codec.ts'
import type { StreamConnection } from './stream-connection.ts'

/** A consumer group, for its streams and its readers. */
export interface GroupContext<Out, In = Out> {
  readonly connection: StreamConnection
  readonly name: string
  readonly consumer: string | undefined
  readonly codec: StreamCodec<Out, In>
}

/**
 * Returns the name of the consumer. There is no default: two processes of one name would take each
 * other's pending messages for their own.
 *
 * @throws OptionError
 */
export function consumerOf({ name, consumer }: GroupContext<unknown, never>): string {
  if (consumer !== undefined) return consumer
  throw new OptionError(
    `The consumer group "${name}" reads and claims as a consumer: name it, new ConsumerGroup(redis, ` +
      `'${name}', keys, { consumer: 'worker-1' }); each process needs a name of its own`,
  )
}
