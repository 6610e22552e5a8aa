import { createServer, type Server as NetServer, type Socket } from 'node:net'
import { Client } from './clients/client.ts'
import { Connection, type RunRequest } from './clients/connection.ts'
import { isLoopback, isProtected, PROTECTED_MODE_ERROR } from './clients/protected-mode.ts'
import { ALL_COMMANDS } from './commands/all-commands.ts'
import { CommandTable } from './commands/command-table.ts'
import { Dispatcher } from './commands/dispatcher.ts'
import { gates } from './commands/gates.ts'
import { Config } from './config/config.ts'
import {
  type CustomCommandHandler,
  type CustomCommandOptions,
  customCommand,
} from './custom/custom-command.ts'
import { Instance } from './instance.ts'
import { listen, urlOf } from './listen.ts'
import { RequestLog } from './monitoring/request-log.ts'
import { refuseOption } from './options/read-option.ts'
import { configure, type ResolvedServerOptions, readServerOptions } from './options/server-options.ts'
import { preloadLua } from './scripting/lua-module.ts'
import { ServerError } from './server-error.ts'
import { ClientSession } from './session.ts'
import { SnapshotFile } from './snapshot/snapshot-file.ts'

/** The latest time of a Date, in ms since 1970. Times far beyond it are not whole numbers. */
const MAX_TIME = 8.64e15

/** A running server. Made by `startServer()`. */
export class RedisServer implements AsyncDisposable {
  readonly #options: ResolvedServerOptions
  readonly #table = new CommandTable(ALL_COMMANDS)
  readonly #instance: Instance
  readonly #dispatcher: Dispatcher
  readonly #net: NetServer
  readonly #sockets = new Set<Socket>()
  readonly #log: RequestLog | undefined
  #port = 0
  #closing: Promise<void> | undefined
  /** Resolves when the server has ended: by `close()`, or by the command SHUTDOWN. */
  readonly closed: Promise<void>
  #ended: () => void = () => {}

  /** @internal */
  constructor(options: ResolvedServerOptions = readServerOptions({})) {
    this.#options = options
    const config = new Config()
    configure(config, options.parameters)
    this.#instance = new Instance(this.#table, config)
    // close() throws again to its callers if the file cannot be written.
    this.#instance.shutDown = () => void this.close().catch(() => {})
    this.#dispatcher = new Dispatcher(this.#instance, this.#table, gates)
    this.#log = options.log && new RequestLog(options.log, this.#table, this.#instance.faults)
    this.#net = createServer((socket) => this.#accept(socket))
    this.closed = new Promise((resolve) => {
      this.#ended = resolve
    })
  }

  /** @internal */
  async open(): Promise<void> {
    const { host, port } = this.#options
    try {
      // Keys that cannot be read are not written over at the end.
      this.#load()
      await listen(this.#net, port, host)
      // A connection that cannot be accepted does not end the process.
      this.#net.on('error', (error) => this.#instance.faults.tell('the listening socket', error))
    } catch (error) {
      this.#instance.clock.close()
      throw error
    }
    preloadLua()
    const address = this.#net.address()
    this.#port = typeof address === 'object' && address ? address.port : port
    this.#instance.config.setInitial([
      ['bind', host],
      ['port', String(this.#port)],
    ])
  }

  /**
   * Loads the engine of scripts, so that the first one does not wait for it. Returns the error of
   * all scripts if it cannot be loaded.
   *
   * @internal
   */
  async loadScripts(): Promise<string | undefined> {
    const { scripts } = this.#instance
    await scripts.load()
    return scripts.problem
  }

  /** @internal True if it listens to other machines, whose clients protected mode refuses. */
  get refusesOthers(): boolean {
    const { host } = this
    return host !== 'localhost' && !isLoopback(host) && isProtected(this.#instance.config)
  }

  /** Port that it listens on. */
  get port(): number {
    return this.#port
  }

  /** Address that it listens on. */
  get host(): string {
    return this.#options.host
  }

  /**
   * URL for clients on this machine, with the password.
   *
   * @example const redis = new Redis(server.url)
   */
  get url(): string {
    return urlOf(this.host, this.#port, this.#instance.config.get('requirepass'))
  }

  /**
   * Moves the server's time forward. Keys that expire on the way have expired afterwards, commands
   * that waited have answered, and TIME and the ids of streams have moved.
   *
   * @param ms milliseconds
   * @throws ServerError
   * @example
   * await redis.set('key', 'value', 'EX', 60)
   * server.advance(60_000)
   * await redis.get('key') // null
   */
  advance(ms: number): void {
    if (!Number.isFinite(ms) || ms < 0)
      refuseOption('ms of advance()', 'a number of milliseconds, 0 or more', ms)
    this.#refuseClosed()
    const { clock } = this.#instance
    if (clock.now + ms > MAX_TIME)
      refuseOption('ms of advance()', 'a number of milliseconds up to the year 275760', ms)
    clock.advance(ms)
  }

  /**
   * Adds a command, in the place of one of the same name.
   *
   * @param handler takes the arguments after the name; returns the reply, or a promise of it
   * @throws ServerError
   * @example
   * server.command('GREET', ([name]) => `Hello, ${name}!`)
   * await redis.call('GREET', 'Ada') // 'Hello, Ada!'
   */
  command(name: string, handler: CustomCommandHandler): void
  command(
    name: string,
    handler: CustomCommandHandler<Buffer>,
    options: CustomCommandOptions & { readonly buffers: true },
  ): void
  command(name: string, handler: CustomCommandHandler, options: CustomCommandOptions): void
  command(name: string, handler: unknown, options?: CustomCommandOptions): void {
    this.#refuseClosed()
    const replaced = typeof name === 'string' ? this.#table.get(name) : undefined
    this.#table.add(customCommand(name, handler, options, replaced))
  }

  /**
   * Ends all connections, and writes the file of the option `save`. A second call does nothing
   * more.
   *
   * @throws ServerError if the file cannot be written; the server has ended nevertheless
   */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  /** Closes the server at the end of a block with `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(): Promise<void> {
    const { clients, clock, snapshots } = this.#instance
    clock.close()
    const closed = new Promise<void>((resolve) => this.#net.close(() => resolve()))
    // A client whose custom command calls close() sends nothing more.
    for (const client of clients) client.kill()
    for (const socket of this.#sockets) socket.destroy()
    await closed
    try {
      snapshots.save()
    } finally {
      this.#ended()
    }
  }

  #load(): void {
    const { save } = this.#options
    if (save === undefined) return
    const { snapshots } = this.#instance
    const file = new SnapshotFile(save)
    file.read(this.#instance)
    snapshots.noteSaved()
    snapshots.write = () => file.write(this.#instance)
  }

  #refuseClosed(): void {
    if (this.#closing)
      throw new ServerError('ERR_ONETRIP_SERVER_CLOSED', 'The server was used after close().')
  }

  #accept(socket: Socket): void {
    const instance = this.#instance
    const { clients, clock, config, stats } = instance
    // A connection that breaks ends by 'close'.
    socket.on('error', () => {})
    this.#sockets.add(socket)
    socket.on('close', () => this.#sockets.delete(socket))
    const refusal = this.#refusal(socket)
    if (refusal !== undefined) {
      stats.rejectedConnections++
      this.#log?.refused(`${socket.remoteAddress}:${socket.remotePort}`, refusal)
      // Read on, or the end of the connection would never be noticed.
      socket.resume().end(`-${refusal}\r\n`, 'latin1')
      return
    }
    const authenticated = config.get('requirepass') === ''
    clock.refresh()
    const connection = new Connection(socket, instance, authenticated)
    const client = new Client(clients.nextId(), connection, clock.now, authenticated)
    const session = new ClientSession(instance, this.#dispatcher, client)
    clients.add(client)
    connection.open(client, this.#runnerOf(session))
    this.#log?.connected(client)
    socket.on('data', (chunk) => instance.receive('a connection', () => connection.receive(chunk)))
    socket.on('drain', () => instance.receive('a connection', () => connection.resume()))
    socket.on('close', () => {
      clients.remove(client)
      this.#log?.disconnected(client)
    })
  }

  #runnerOf(session: ClientSession): RunRequest {
    const dispatcher = this.#dispatcher
    const log = this.#log
    if (!log) return (args) => dispatcher.dispatch(session, args)
    return (args) => {
      log.request(session.client, args)
      return dispatcher.dispatch(session, args)
    }
  }

  /** Returns the error that answers a client that may not connect. */
  #refusal(socket: Socket): string | undefined {
    const { clients, config } = this.#instance
    if (clients.size >= config.number('maxclients')) return 'ERR max number of clients reached'
    return isProtected(config) && !isLoopback(socket.remoteAddress) ? PROTECTED_MODE_ERROR : undefined
  }
}
