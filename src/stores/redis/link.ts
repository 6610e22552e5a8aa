import { ClosedError, StoreError, StoreTimeoutError } from '../../errors.ts'
import { type ClientOptions, describeServer, type RedisClient } from './client.ts'
import { storeFailure, withoutCommand } from './failure.ts'
import { SCRIPTS, type Script } from './scripts.ts'

/** How long a server may keep silent while it owes answers; then calls fail at once, until it answers. */
const SILENT_AFTER = 1_000
/** How long until a connection of our own that is silent is given up and opened anew. */
const DEAD_AFTER = 5_000
/** How often a link that waits for answers looks at the clock. */
const WATCH_EVERY = 250
/** How many commands may wait for their answers: far above what a healthy server lets come together. */
const MAX_WAITING = 1_000
/** How often a server that says it is a replica is left, for another one behind the same address. */
const LEAVE_REPLICA_EVERY = 10_000

/** A command that was sent and is not answered. */
interface Trip {
  readonly sentAt: number
  readonly giveUp: (error: Error) => void
}

/**
 * The way to one server, over one ioredis client. It sends a command only where it will go out at once: ioredis
 * would keep it in memory through an outage, and every page's commands with it. So:
 *
 * - the very first commands wait for the first connection, but no longer than {@link SILENT_AFTER};
 * - while there is no connection, calls fail at once; ioredis connects again by itself;
 * - when the server accepts commands and does not answer, what waits is given up after {@link SILENT_AFTER}
 *   and nothing more is sent until it answers.
 */
export class RedisLink {
  /** For messages. */
  readonly server: string
  readonly #client: RedisClient
  /** Whether the store opened the connection: then it closes it, too. */
  readonly #ours: boolean
  #closed = false

  #firstConnection: Promise<void> | undefined
  #firstIsOver = false
  #settleFirst: (() => void) | undefined
  #lastError: Error | undefined

  readonly #waiting = new Set<Trip>()
  #answeredAt = 0
  #silent = false
  #watch: NodeJS.Timeout | undefined
  #handshake: NodeJS.Timeout | undefined
  #leaving = false
  #leftReplicaAt = Number.NEGATIVE_INFINITY

  constructor(client: RedisClient, ours: boolean) {
    this.#client = client
    this.#ours = ours
    this.server = describeServer(client)
    client.on('ready', this.#onReady)
    client.on('close', this.#onClose)
    client.on('end', this.#onClose)
    if (ours) {
      client.on('error', this.#onError)
      client.on('connect', this.#onConnect)
    }
    if (client.status === 'ready') this.#onReady()
    else if (client.status !== 'wait' && !isConnecting(client)) this.#firstIsOver = true
  }

  /** Which ioredis puts before every key of a command, but neither into a SCAN pattern nor off its answers. */
  get keyPrefix(): string {
    return (this.#client.options as ClientOptions).keyPrefix ?? ''
  }

  /**
   * Sends one command. Calls of the same turn of the event loop share one round trip.
   * @throws ClosedError, StoreError, StoreTimeoutError
   */
  async send<T>(command: (client: RedisClient) => Promise<T>): Promise<T> {
    this.checkOpen()
    if (this.#client.status !== 'ready') await this.#connected()
    if (this.#silent) throw this.#silence()
    if (this.#waiting.size >= MAX_WAITING) {
      throw new StoreError(
        `${this.server} has ${MAX_WAITING} commands to answer: nothing more is sent meanwhile`,
      )
    }
    return new Promise<T>((resolve, giveUp) => {
      const trip = { sentAt: performance.now(), giveUp }
      const fail = (error: unknown) => {
        this.#settled(trip)
        const failure = storeFailure(this.server, 'failed', error)
        giveUp(this.#closed ? new ClosedError('The Redis store') : failure)
        this.leaveReplica(failure.message)
      }
      this.#waiting.add(trip)
      this.#watch ??= setTimeout(this.#look, WATCH_EVERY).unref()
      try {
        command(this.#client).then((answer) => {
          this.#settled(trip)
          resolve(answer)
        }, fail)
      } catch (error) {
        fail(error)
      }
    })
  }

  /** Runs a script; where the server does not know it (`SCRIPT FLUSH`, a restart just now) sends its text. */
  async run(script: Script, keys: readonly string[], args: readonly (string | Buffer)[]): Promise<unknown[]> {
    const answers = await this.send((client) =>
      client.evalsha(script.sha, keys.length, ...keys, ...args),
    ).catch((error: unknown) => {
      if (!(error instanceof StoreError && /NOSCRIPT/.test(error.message))) throw error
      return this.send((client) => client.eval(script.text, keys.length, ...keys, ...args))
    })
    return answers as unknown[]
  }

  checkOpen(): void {
    if (this.#closed) throw new ClosedError('The Redis store')
  }

  /** After a failover the address may belong to another server than the one that says so: look again. */
  leaveReplica(says: string): void {
    const now = performance.now()
    if (!this.#ours || !/READONLY|MASTERDOWN/.test(says) || now - this.#leftReplicaAt < LEAVE_REPLICA_EVERY)
      return
    this.#leftReplicaAt = now
    this.#reconnect()
  }

  /** Closes a connection that is ours; leaves one that was handed in as it is. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    clearTimeout(this.#watch)
    clearTimeout(this.#handshake)
    this.#settleFirst?.()
    const client = this.#client
    client.off('ready', this.#onReady)
    client.off('close', this.#onClose)
    client.off('end', this.#onClose)
    client.off('connect', this.#onConnect)
    for (const trip of this.#waiting) trip.giveUp(new ClosedError('The Redis store'))
    this.#waiting.clear()
    // Our 'error' listener stays: a socket that fails while it closes must not end the process.
    if (!this.#ours) return
    // Between two tries there is no socket, and ioredis tells no end.
    const connected = client.status === 'ready' || isConnecting(client)
    const ended = new Promise<void>((resolve) => {
      client.on('end', () => resolve())
      setTimeout(resolve, SILENT_AFTER).unref()
    })
    client.disconnect()
    if (connected) await ended
  }

  /** Resolves when the first connection is there; throws where there is none to wait for. */
  async #connected(): Promise<void> {
    // A client made with `lazyConnect` connects at its first command: this would be it.
    if (this.#client.status === 'wait') this.#client.connect().catch(() => {})
    if (!this.#firstIsOver && isConnecting(this.#client)) {
      this.#firstConnection ??= new Promise((resolve) => {
        this.#settleFirst = resolve
        setTimeout(resolve, SILENT_AFTER).unref()
      })
      await this.#firstConnection
      this.#firstIsOver = true
      this.checkOpen()
      if (this.#client.status === 'ready') return
    }
    const { status } = this.#client
    if (status === 'end') throw new StoreError(`${this.server} is not connected: its client was closed`)
    throw new StoreError(
      this.#lastError
        ? storeFailure(this.server, 'is not connected', this.#lastError).message
        : `${this.server} is not connected (${status}); it is served again when it is`,
      { cause: this.#lastError },
    )
  }

  #reconnect(): void {
    if (this.#leaving) return
    this.#leaving = true // until it is closed: a silent peer does not even answer that, ioredis waits for it
    this.#client.disconnect(true)
  }

  #settled(trip: Trip): void {
    this.#waiting.delete(trip)
    this.#answeredAt = performance.now()
    this.#silent = false
  }

  readonly #look = (): void => {
    this.#watch = undefined
    const [oldest] = this.#waiting
    if (!oldest) return
    this.#watch = setTimeout(this.#look, WATCH_EVERY).unref()
    const now = performance.now()
    const silentFor = now - Math.max(oldest.sentAt, this.#answeredAt)
    this.#silent = silentFor >= SILENT_AFTER
    if (!this.#silent) return
    // They stay among the waiting: ioredis holds them until they are answered or the connection is gone.
    for (const trip of this.#waiting) trip.giveUp(this.#silence())
    if (this.#ours && silentFor >= DEAD_AFTER) this.#reconnect()
  }

  #silence(): StoreTimeoutError {
    return new StoreTimeoutError(
      `${this.server} has not answered for ${SILENT_AFTER} ms: nothing more is sent until it does`,
    )
  }

  readonly #onReady = (): void => {
    this.#lastError = undefined
    clearTimeout(this.#handshake)
    // Before any page's command, so that each page's write is one trip. Where it fails, `run` finds out.
    for (const { text } of SCRIPTS) this.#client.script('LOAD', text).catch(() => {})
    this.#settleFirst?.()
  }

  /** The server accepts connections; it may still never answer (ioredis limits the time of the first only). */
  readonly #onConnect = (): void => {
    clearTimeout(this.#handshake)
    this.#handshake = setTimeout(() => this.#reconnect(), DEAD_AFTER).unref()
  }

  readonly #onClose = (): void => {
    this.#firstIsOver = true
    this.#leaving = false
    clearTimeout(this.#handshake)
    this.#settleFirst?.()
  }

  readonly #onError = (error: unknown): void => {
    this.#lastError = withoutCommand(error)
  }
}

function isConnecting({ status }: RedisClient): boolean {
  return status === 'connecting' || status === 'connect'
}
