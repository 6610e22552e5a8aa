import type { Clock, Timer } from '../clock.ts'
import { ClosedError, StoreError } from '../errors.ts'
import { type ClientOptions, describeServer, type RedisClient } from './client.ts'
import { storeFailure, withoutCommand } from './failure.ts'
import { keepsConnecting } from './keeps-connecting.ts'
import { survivesSurplusReplies } from './surplus-replies.ts'

/** Longest wait of the first calls for a connection, and of `close` for its end, in ms. */
const CONNECT_WAIT = 1_000
/** Longest time from `connect` to `ready`, in ms. Then the connection is reopened. */
const HANDSHAKE_TIMEOUT = 5_000

/** Rights over a client. */
export interface Ownership {
  /** Listen to its errors. ioredis prints the errors of a client that has no listener. */
  readonly hear: boolean
  /** Drop a connection that is of no use, so that ioredis opens another one. */
  readonly reconnect: boolean
  /** Close it with its owner. */
  readonly close: boolean
}

/** Rights over a client that this package made. */
export const OURS: Ownership = { hear: true, reconnect: true, close: true }
/** Rights over a client of the application. */
export const THEIRS: Ownership = { hear: false, reconnect: false, close: false }

/** The state of an ioredis client, of a server or of a cluster: connected, or why not. */
export class Connection {
  readonly client: RedisClient
  /** For messages. */
  readonly server: string
  readonly #owner: string
  readonly #may: Ownership
  readonly #clock: Clock
  readonly #whenReady: () => void
  readonly #unguard: () => void
  readonly #stopConnecting: (() => void) | undefined
  #closed = false

  #first: Promise<void> | undefined
  #firstIsOver = false
  #settleFirst: (() => void) | undefined
  #lastError: Error | undefined

  #handshake: Timer | undefined
  #leaving = false
  /** The database is not yet selected: commands might go to database 0. */
  #selecting = false

  /**
   * @param owner the subject of the message of a ClosedError, such as `The Redis store`
   * @param whenReady called at each connection, before the commands that wait for it
   */
  constructor(owner: string, client: RedisClient, may: Ownership, clock: Clock, whenReady: () => void) {
    this.#owner = owner
    this.client = client
    this.server = describeServer(client)
    this.#may = may
    this.#clock = clock
    this.#whenReady = whenReady
    client.on('ready', this.#onReady)
    client.on('close', this.#onClose)
    client.on('end', this.#onClose)
    client.on('node error', this.#onError) // of a cluster, which needs no listener
    if (may.hear) client.on('error', this.#onError)
    if (may.reconnect) client.on('connect', this.#onConnect)
    this.#stopConnecting = may.reconnect ? keepsConnecting(client, clock) : undefined
    this.#unguard = survivesSurplusReplies(client, () => this.reconnect())
    if (client.status === 'ready') this.#onReady()
    else if (client.status !== 'wait' && !isConnecting(client)) this.#firstIsOver = true
  }

  get ready(): boolean {
    return this.client.status === 'ready' && !this.#selecting
  }

  get closed(): boolean {
    return this.#closed
  }

  checkOpen(): void {
    if (this.#closed) throw this.closedError()
  }

  closedError(): ClosedError {
    return new ClosedError(this.#owner)
  }

  /** Last error of the connection since it was ready, if its errors are listened to. */
  get lastError(): Error | undefined {
    return this.#lastError
  }

  /** Connects a client that was made with `lazyConnect`. Others connect by themselves. */
  open(): void {
    if (this.client.status === 'wait') this.client.connect().catch(() => {})
  }

  /**
   * Waits for the first connection.
   *
   * @throws StoreError at once where there is none to wait for
   */
  async connected(): Promise<void> {
    this.open()
    if (!this.#firstIsOver && (isConnecting(this.client) || this.#selecting)) {
      this.#first ??= new Promise((resolve) => {
        this.#settleFirst = resolve
        this.#clock.setTimeout(resolve, CONNECT_WAIT).unref()
      })
      await this.#first
      this.#firstIsOver = true
      this.checkOpen()
      if (this.ready) return
    }
    if (this.#lastError) {
      const { message } = storeFailure(this.server, 'is not connected', this.#lastError)
      throw new StoreError(message, { cause: this.#lastError })
    }
    const { status } = this.client
    throw new StoreError(
      status === 'end'
        ? `${this.server} is not connected: its client was closed`
        : `${this.server} is not connected (${status}); it is served again when it is${this.#tlsHint()}`,
    )
  }

  /** Names the likely reason: a server without TLS does not answer a TLS handshake. */
  #tlsHint(): string {
    const { tls } = this.client.options as ClientOptions
    return tls && this.client.status !== 'end'
      ? '. It was asked for TLS (rediss://): a port that does not speak it is reached by redis://'
      : ''
  }

  reconnect(): void {
    if (!this.#may.reconnect || this.#leaving || this.#closed) return
    // Until it is closed, which takes ioredis long if the peer is silent.
    this.#leaving = true
    this.client.disconnect(true)
  }

  /** Removes all listeners from the client. */
  detach(): void {
    this.#clock.clearTimeout(this.#handshake)
    this.#settleFirst?.()
    const { client } = this
    client.off('ready', this.#onReady)
    client.off('close', this.#onClose)
    client.off('end', this.#onClose)
    client.off('connect', this.#onConnect)
    client.off('node error', this.#onError)
    this.#unguard()
    this.#stopConnecting?.()
    // It stays on a client that is closed next: an error of its socket must not end the process.
    if (!this.#may.close) client.off('error', this.#onError)
  }

  /** Closes the client, unless it is the application's. A second call does nothing. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.detach()
    if (!this.#may.close) return
    const { client } = this
    // Between two attempts there is no socket, and ioredis emits no `end`.
    const connected = this.ready || isConnecting(client)
    const ended = new Promise<void>((resolve) => {
      client.on('end', () => resolve())
      this.#clock.setTimeout(resolve, CONNECT_WAIT).unref()
    })
    client.disconnect()
    if (connected) await ended
  }

  readonly #onReady = (): void => {
    const { db = 0 } = this.client.options as ClientOptions
    if (db > 0 && this.#may.close && this.client.select) void this.#select(db)
    else this.#begin()
  }

  /**
   * Selects again, since ioredis goes on with database 0 if the server lacks the one of its
   * options.
   */
  async #select(db: number): Promise<void> {
    this.#selecting = true
    try {
      await this.client.select?.(db)
    } catch (error) {
      this.#lastError = withoutCommand(error)
      this.#firstIsOver = true
      this.#settleFirst?.()
      return
    }
    this.#selecting = false
    this.#begin()
  }

  #begin(): void {
    this.#lastError = undefined
    this.#clock.clearTimeout(this.#handshake)
    this.#whenReady()
    this.#settleFirst?.()
  }

  /** Limits the handshake: ioredis itself does so only for the first connection. */
  readonly #onConnect = (): void => {
    this.#clock.clearTimeout(this.#handshake)
    this.#handshake = this.#clock.setTimeout(() => this.reconnect(), HANDSHAKE_TIMEOUT).unref()
  }

  readonly #onClose = (): void => {
    this.#firstIsOver = true
    this.#leaving = false
    this.#clock.clearTimeout(this.#handshake)
    this.#settleFirst?.()
  }

  readonly #onError = (error: unknown): void => {
    this.#lastError = withoutCommand(error)
  }
}

function isConnecting({ status }: RedisClient): boolean {
  return status === 'connecting' || status === 'connect'
}
