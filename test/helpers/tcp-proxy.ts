import { connect, createServer, type Socket } from 'node:net'
import { turns } from './turns.ts'

export interface TcpProxy {
  readonly port: number
  /**
   * Round trips seen since the last {@link TcpProxy.resetTrips}: how often something was sent after
   * the last answer had been passed on. What is sent while an answer is still awaited belongs to
   * the same trip.
   */
  trips(): number
  resetTrips(): void
  close(): Promise<void>
}

/** Turns of the event loop without a byte of the client, until its command counts as complete. */
const QUIET_TURNS = 50

/**
 * Stands between a client and a server of the loopback and counts their round trips. Holds each
 * answer back for `delay` ms, so that two trips can't be taken for one, and until the client, which
 * may be slow and lives in this process, has sent all of its command.
 */
export function startTcpProxy(targetPort: number, delay = 20): Promise<TcpProxy> {
  let trips = 0
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const upstream = connect(targetPort, '127.0.0.1')
    let awaited = false
    let received = 0
    let passed: Promise<unknown> = Promise.resolve()
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
      received++
      upstream.write(chunk)
    })
    upstream.on('data', (chunk) => {
      const later = new Promise((resolve) => setTimeout(resolve, delay))
      passed = Promise.all([passed, later]).then(async () => {
        for (let quiet = 0, seen = received; quiet < QUIET_TURNS; quiet++) {
          await turns(1)
          if (seen !== received) [quiet, seen] = [0, received]
        }
        awaited = false
        client.write(chunk)
      })
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
