import { connect, createServer, type Socket } from 'node:net'

export interface TcpProxy {
  readonly port: number
  /**
   * Round trips seen since the last {@link TcpProxy.resetTrips}: how often something was sent after the last
   * answer had been passed on. What is sent while an answer is still awaited belongs to the same trip.
   */
  trips(): number
  resetTrips(): void
  close(): Promise<void>
}

/**
 * Stands between a client and a server of the loopback and counts their round trips. Holds each answer back
 * for `delay` ms, so that two trips can't be taken for one.
 */
export function startTcpProxy(targetPort: number, delay = 20): Promise<TcpProxy> {
  let trips = 0
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const upstream = connect(targetPort, '127.0.0.1')
    let awaited = false
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        client.destroy()
        upstream.destroy()
      })
    }
    client.on('data', (chunk) => {
      if (!awaited) trips++
      awaited = true
      upstream.write(chunk)
    })
    upstream.on('data', (chunk) => {
      setTimeout(() => {
        awaited = false
        client.write(chunk)
      }, delay)
    })
  })
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve({
        port: typeof address === 'object' && address ? address.port : 0,
        trips: () => trips,
        resetTrips: () => {
          trips = 0
        },
        close() {
          for (const socket of sockets) socket.destroy()
          return new Promise((done) => server.close(() => done()))
        },
      })
    })
  })
}
