import type { RedisClient } from './client.ts'

/** What ioredis keeps of its commands in flight, where it is built as versions 5 and 6 are. */
interface CommandQueue {
  shift(): unknown
}

/**
 * A server, or what stands before it, may answer more than was asked: one wrong bit in the length of an array does it.
 * ioredis calls `toString` of such an answer, for the message of its error; where the answer is null, that throws
 * where nobody can catch it, and the process ends (`shiftCommand` in its DataHandler). So such answers are given to a
 * command of nobody.
 *
 * @param onSurplus what to do about it: this connection's answers can no longer be told apart
 */
export function survivesSurplusReplies(client: RedisClient, onSurplus: () => void): () => void {
  const guard = () => {
    const { commandQueue } = client as { commandQueue?: CommandQueue }
    if (typeof commandQueue?.shift === 'function') guardQueue(commandQueue, onSurplus)
  }
  // ioredis makes a queue for each connection, before it says that there is one.
  client.on('connect', guard)
  guard()
  return () => client.off('connect', guard)
}

function guardQueue(queue: CommandQueue, onSurplus: () => void): void {
  const { shift } = queue
  let drained = false
  const nobody = {
    command: {
      name: '',
      args: [],
      resolve: onSurplus,
      // An error that nobody asked for, which ioredis survives; or it fails all that is in flight, until there is none.
      reject: () => {
        drained = true
      },
    },
  }
  queue.shift = function (this: CommandQueue) {
    return shift.call(this) ?? (drained ? undefined : nobody)
  }
}
