import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

export interface StoppableProxy {
  readonly port: number
  /** How many connections it has cut or stopped. */
  readonly struck: number
  /** Nothing passes any more, either way; connections stay open. */
  stop(): void
  /** All that waited passes, in its order. */
  go(): void
  /** Resets all connections. */
  cut(): void
  close(): Promise<void>
}

/** Passes bytes on, whatever they are: what is told without being asked, too. */
export async function startStoppableProxy(targetPort: number): Promise<StoppableProxy> {
  const sockets = new Set<Socket>()
  let stopped = false
  let struck = 0
  const server = createServer((client) => {
    const upstream = connect(targetPort, '127.0.0.1')
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from)
      from.setNoDelay(true)
      from.on('data', (bytes) => to.write(bytes))
      from.on('error', () => {})
      from.on('close', () => {
        sockets.delete(from)
        to.destroy()
      })
      if (stopped) from.pause()
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as { port: number }).port,
    get struck() {
      return struck
    },
    stop: () => {
      stopped = true
      struck += sockets.size / 2
      for (const socket of sockets) socket.pause()
    },
    go: () => {
      stopped = false
      for (const socket of sockets) socket.resume()
    },
    cut: () => {
      struck += sockets.size / 2
      for (const socket of sockets) socket.resetAndDestroy()
    },
    close: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
