import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import type { Fault } from '../faults/fault.ts'
import { joinWithFaults } from '../faults/faulty-connection.ts'

export interface FaultProxy {
  readonly port: number
  /** Connections of clients that are open. */
  readonly connections: number
  /** How many answers and connections it has changed since the last {@link FaultProxy.set}. */
  readonly struck: number
  /** Without a fault everything passes. */
  set(fault?: Fault): void
  /** Closes the port: connections are refused; those that are open are reset. */
  refuse(): Promise<void>
  /** Opens the same port again. */
  accept(): Promise<void>
  /** Resets all connections (RST). */
  reset(): void
  /** Leaves no socket. */
  close(): Promise<void>
}

/**
 * Stands between clients and a Redis server of the loopback, and does to them what a bad network
 * would.
 */
export async function startFaultProxy(targetPort: number): Promise<FaultProxy> {
  const clients = new Set<Socket>()
  let fault: Fault = {}
  let struck = 0
  const strike = () => {
    struck++
  }
  const server = createServer((client) => {
    clients.add(client)
    client.on('error', () => {}).on('close', () => clients.delete(client))
    if (fault.greeting === undefined) {
      joinWithFaults(client, connect(targetPort, '127.0.0.1'), () => fault, strike)
      return
    }
    strike()
    client.resume().end(fault.greeting)
  })

  const listen = async (port: number): Promise<number> => {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    return (server.address() as { port: number }).port
  }
  const reset = (): void => {
    for (const client of clients) client.resetAndDestroy()
  }
  const refuse = async (): Promise<void> => {
    const gone = [...clients].map((client) => once(client, 'close'))
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    reset()
    await Promise.all([closed, ...gone])
  }
  const port = await listen(0)
  return {
    port,
    get connections() {
      return clients.size
    },
    get struck() {
      return struck
    },
    set(next = {}) {
      fault = next
      struck = 0
    },
    refuse,
    accept: async () => {
      await listen(port)
    },
    reset,
    close: refuse,
  }
}
