import { createServer, type Server as NetServer, type Socket } from 'node:net'
import { Client } from './clients/client.ts'
import { Connection } from './clients/connection.ts'
import { ALL_COMMANDS } from './commands/all-commands.ts'
import { CommandTable } from './commands/command-table.ts'
import { Dispatcher } from './commands/dispatcher.ts'
import { GATES } from './commands/gates.ts'
import { Instance } from './instance.ts'
import { ClientSession } from './session.ts'

/** A running server. Made by `startServer()`. */
export class RedisServer {
  readonly #table = new CommandTable(ALL_COMMANDS)
  readonly #instance = new Instance(this.#table)
  readonly #dispatcher = new Dispatcher(this.#instance, this.#table, GATES)
  readonly #net: NetServer
  readonly #sockets = new Set<Socket>()

  /** @internal */
  constructor() {
    this.#net = createServer((socket) => this.#accept(socket))
  }

  /** @internal */
  listen(port: number, host: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#net.once('error', reject)
      this.#net.listen(port, host, () => {
        this.#net.off('error', reject)
        resolve()
      })
    })
  }

  /** Port that it listens on. */
  get port(): number {
    const address = this.#net.address()
    return typeof address === 'object' && address ? address.port : 0
  }

  /** Ends all connections. A second call does nothing. */
  async close(): Promise<void> {
    this.#instance.clock.close()
    const closed = new Promise<void>((resolve) => this.#net.close(() => resolve()))
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }

  #accept(socket: Socket): void {
    const instance = this.#instance
    const { clients, clock, outbox, stats } = instance
    const authenticated = instance.config.get('requirepass') === ''
    clock.refresh()
    const connection = new Connection(socket, outbox, authenticated)
    const client = new Client(clients.nextId(), connection, clock.now, authenticated)
    const session = new ClientSession(instance, this.#dispatcher, client)
    clients.add(client)
    this.#sockets.add(socket)
    connection.open(client, (args) => this.#dispatcher.dispatch(session, args))
    socket.on('data', (chunk) => {
      clock.refresh()
      stats.inputBytes += chunk.length
      connection.receive(chunk)
      outbox.flush()
    })
    // A connection that breaks ends by 'close'.
    socket.on('error', () => {})
    socket.on('close', () => {
      this.#sockets.delete(socket)
      clients.remove(client)
    })
  }
}
