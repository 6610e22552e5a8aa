import { TaskQueue } from '../../queue/index.ts'
import { type RedisAddress, redisOf } from '../store/open-redis.ts'
import type { QueueFlags } from './queue-command.ts'

/** Opens a queue, calls a function with it, and closes it. @throws what the function throws */
export async function withQueue<T>(
  name: string,
  flags: QueueFlags,
  use: (queue: TaskQueue) => Promise<T>,
): Promise<T> {
  const address = await redisOf(flags)
  const queue = queueAt(name, address, flags.prefix)
  try {
    return await use(queue)
  } finally {
    await queue.close()
    address.close()
  }
}

/** Returns a queue that only looks at Redis. */
export function queueAt(name: string, { redis }: Pick<RedisAddress, 'redis'>, prefix: string): TaskQueue {
  return new TaskQueue(name, { redis, prefix, timeout: '5s' })
}
