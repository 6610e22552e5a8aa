import type { Server } from 'node:http'
import { expect } from 'vitest'

/** The open requests and connections of a server. */
export interface Served {
  /** Resolves when each response that was begun is over: sent, or its visitor has hung up. */
  over(): Promise<void>
  /** Resolves when no visitor is connected. */
  alone(): Promise<void>
}

/** Follows the requests of a server from now on. */
export function follow(server: Server): Served {
  let responses = 0
  let visitors = 0
  server.on('request', (_request, response) => {
    responses++
    response.once('close', () => responses--)
  })
  server.on('connection', (socket) => {
    visitors++
    socket.once('close', () => visitors--)
  })
  return {
    over: () => expect.poll(() => responses).toBe(0),
    alone: () => expect.poll(() => visitors).toBe(0),
  }
}
