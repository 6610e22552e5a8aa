import type { EventEmitter } from 'node:events'
import type { RedisClient } from './client.ts'

/** The commands under way of a client of ioredis 5 and 6. */
interface CommandQueue {
  shift(): unknown
}

/** Guards by their queues. */
const guarded = new WeakMap<CommandQueue, Guard>()

/**
 * Survives replies that belong to no command. A server, or a proxy before it, may send them: one
 * wrong bit in the length of an array does it. ioredis calls `toString` of such a reply for the
 * message of its error. If the reply is null, that throws outside of any call, and the process ends
 * (`shiftCommand` in its DataHandler). So such replies are given to a dummy command.
 *
 * @param onSurplus called for such a reply: replies of this connection no longer match commands
 * @returns a function that stops guarding the client
 */
export function survivesSurplusReplies(client: RedisClient, onSurplus: () => void): () => void {
  const queueOf = () => (client as { commandQueue?: CommandQueue }).commandQueue
  const guard = () => {
    const queue = queueOf()
    if (typeof queue?.shift === 'function') guardOf(queue, client).listeners.add(onSurplus)
  }
  // ioredis makes a queue for each connection, before it emits `connect`.
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
      const error = new Error('The server sent a reply that belongs to no command')
      // As ioredis does. Without a listener it would end the process.
      if (events.listenerCount('error') > 0) events.emit('error', error)
      for (const listener of this.listeners) listener()
    }
    const args: unknown[] = []
    const dummy = {
      command: {
        // A command that ioredis never sends again, whatever the user's `reconnectOnError` returns.
        name: 'client',
        args,
        resolve: onSurplus,
        reject(error: { command?: { args?: unknown } }) {
          // A surplus error. Otherwise ioredis rejects all commands under way, until there is none.
          if (error?.command?.args === args) onSurplus()
          else drained = true
        },
      },
    }
    queue.shift = () => shift.call(queue) ?? (drained ? undefined : dummy)
  }

  remove(listener: () => void): void {
    this.listeners.delete(listener)
    if (this.listeners.size > 0) return
    // Uncovers the method of its class.
    Reflect.deleteProperty(this.#queue, 'shift')
    guarded.delete(this.#queue)
  }
}
