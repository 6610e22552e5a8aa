import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

export interface LateProxy {
  readonly port: number
  /** Keeps back what a client sends next, and resets its connection. */
  holdNext(): void
  /** Sends to the server what was kept back. Resolves with the reply, which no client gets. */
  deliver(): Promise<string>
  close(): Promise<void>
}

/**
 * Stands between clients and a server of the loopback. Does what a network does whose connection is
 * dead for the client and not yet for the server: what was sent arrives late.
 */
export async function startLateProxy(targetPort: number): Promise<LateProxy> {
  const sockets = new Set<Socket>()
  let isHolding = false
  let held: { readonly upstream: Socket; readonly bytes: Buffer } | undefined
  const server = createServer((client) => {
    const upstream = connect(targetPort, '127.0.0.1')
    for (const socket of [client, upstream]) sockets.add(socket.on('error', () => {}))
    client.on('data', (bytes) => {
      if (!isHolding) {
        upstream.write(bytes)
        return
      }
      isHolding = false
      held = { upstream, bytes }
      client.resetAndDestroy()
    })
    upstream.on('data', (bytes) => client.write(bytes)).on('close', () => client.destroy())
    client.on('close', () => {
      if (held?.upstream !== upstream) upstream.destroy()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as { port: number }).port,
    holdNext() {
      isHolding = true
    },
    async deliver() {
      if (!held) throw new Error('nothing was kept back')
      const replied = once(held.upstream, 'data')
      held.upstream.write(held.bytes)
      return String((await replied)[0])
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
