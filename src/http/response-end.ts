import type { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'

/** Returns true if a response has ended: it was sent, or its visitor has hung up. */
export function hasEnded(message: IncomingMessage, response: ServerResponse): boolean {
  return response.closed || message.socket.destroyed
}

/** Calls `ended` once, when a response has been sent, or when its visitor hangs up. */
export function onEnd(message: IncomingMessage, response: ServerResponse, ended: () => void): void {
  const { socket } = message
  // A response that waits for its turn (pipelining) has no socket yet, and never hears of the
  // socket's end.
  const queued = response.socket === null && socket instanceof Socket ? queuedOn(socket) : undefined
  let called = false
  const once = () => {
    if (called) return
    called = true
    queued?.delete(once)
    ended()
  }
  queued?.add(once)
  // Either may be missing: 'finish' where the visitor hung up, 'close' behind adapters that have no
  // socket.
  response.on('finish', once)
  response.on('close', once)
}

/** One listener for each socket: Node warns of a leak where one emitter has more than ten. */
const queues = new WeakMap<Socket, Set<() => void>>()

function queuedOn(socket: Socket): Set<() => void> {
  const known = queues.get(socket)
  if (known) return known
  const queue = new Set<() => void>()
  queues.set(socket, queue)
  socket.once('close', () => {
    for (const ended of queue) ended()
  })
  return queue
}
