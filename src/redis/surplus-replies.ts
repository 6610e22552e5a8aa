import type { EventEmitter } from 'node:events'
import type { RedisClient } from './client.ts'

/** What ioredis keeps of its commands in flight, where it is built as versions 5 and 6 are. */
interface CommandQueue {
  shift(): unknown
}

/** Who is to be told, by the queue that is guarded. */
const guarded = new WeakMap<CommandQueue, Guard>()

/**
 * A server, or what stands before it, may answer more than was asked: one wrong bit in the length of an array does it.
 * ioredis calls `toString` of such an answer, for the message of its error; where the answer is null, that throws
 * where nobody can catch it, and the process ends (`shiftCommand` in its DataHandler). So such answers are given to a
 * command of nobody.
 *
 * @param onSurplus what to do about it: this connection's answers can no longer be told apart
 * @returns ends that
 */
export function survivesSurplusReplies(client: RedisClient, onSurplus: () => void): () => void {
  const queueOf = () => (client as { commandQueue?: CommandQueue }).commandQueue
  const guard = () => {
    const queue = queueOf()
    if (typeof queue?.shift === 'function') guardOf(queue, client).listeners.add(onSurplus)
  }
  // ioredis makes a queue for each connection, before it says that there is one.
  client.on('connect', guard)
  guard()
  return () => {
    client.off('connect', guard)
    const queue = queueOf()
    if (queue) guarded.get(queue)?.remove(onSurplus)
  }
}

function guardOf(queue: CommandQueue, client: RedisClient): Guard {
  let guard = guarded.get(queue)
  if (!guard) {
    guard = new Guard(queue, client)
    guarded.set(queue, guard)
  }
  return guard
}

class Guard {
  readonly listeners = new Set<() => void>()
  readonly #queue: CommandQueue

  constructor(queue: CommandQueue, client: RedisClient) {
    this.#queue = queue
    const { shift } = queue
    let drained = false
    const onSurplus = () => {
      const events = client as unknown as EventEmitter
      const error = new Error('The server answered what nobody asked')
      // As ioredis does; without a listener that would end the process.
      if (events.listenerCount('error') > 0) events.emit('error', error)
      for (const listener of this.listeners) listener()
    }
    const args: unknown[] = []
    const nobody = {
      command: {
        // Of the commands that ioredis never sends once more, whatever its user's `reconnectOnError` says.
        name: 'client',
        args,
        resolve: onSurplus,
        reject(error: { command?: { args?: unknown } }) {
          // An error that nobody asked for; else ioredis fails all that is in flight, until there is none.
          if (error?.command?.args === args) onSurplus()
          else drained = true
        },
      },
    }
    queue.shift = () => shift.call(queue) ?? (drained ? undefined : nobody)
  }

  remove(listener: () => void): void {
    this.listeners.delete(listener)
    if (this.listeners.size > 0) return
    // The method of its class is there again.
    Reflect.deleteProperty(this.#queue, 'shift')
    guarded.delete(this.#queue)
  }
}
