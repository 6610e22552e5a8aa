import type { Clock, Timer } from '../clock.ts'
import { ClosedError, StoreError } from '../errors.ts'
import { type ClientOptions, describeServer, type RedisClient } from './client.ts'
import { storeFailure, withoutCommand } from './failure.ts'
import { survivesSurplusReplies } from './surplus-replies.ts'

/** How long the first calls wait for a first connection, in ms; and how long a close waits for its end. */
const PATIENCE = 1_000
/** How long a server may take from accepting a connection until it is ready, in ms; then it is opened anew. */
const HANDSHAKE_WITHIN = 5_000

/** What the store may do with a client. */
export interface Ownership {
  /** Listen to its errors: on a client without a listener of its user's, ioredis prints them. */
  readonly hear: boolean
  /** Drop a connection that is of no use, for ioredis to open another one. */
  readonly reconnect: boolean
  /** Close it with the store. */
  readonly close: boolean
}

/** A client that the store made. */
export const OURS: Ownership = { hear: true, reconnect: true, close: true }
/** A client that was handed in. */
export const THEIRS: Ownership = { hear: false, reconnect: false, close: false }

/** Whether one ioredis client, of a server or of a cluster, is connected; and if not, why. */
export class Connection {
  readonly client: RedisClient
  /** For messages. */
  readonly server: string
  readonly #may: Ownership
  readonly #clock: Clock
  readonly #whenReady: () => void
  readonly #unguard: () => void
  #closed = false

  #first: Promise<void> | undefined
  #firstIsOver = false
  #settleFirst: (() => void) | undefined
  #lastError: Error | undefined

  #handshake: Timer | undefined
  #leaving = false
  /** Its database is not known to be selected: what is sent now may go to database 0. */
  #selecting = false

  /** @param whenReady runs at each connection, before any command that waits for it */
  constructor(client: RedisClient, may: Ownership, clock: Clock, whenReady: () => void) {
    this.client = client
    this.server = describeServer(client)
    this.#may = may
    this.#clock = clock
    this.#whenReady = whenReady
    client.on('ready', this.#onReady)
    client.on('close', this.#onClose)
    client.on('end', this.#onClose)
    client.on('node error', this.#onError) // of a cluster; nobody has to listen to it
    if (may.hear) client.on('error', this.#onError)
    if (may.reconnect) client.on('connect', this.#onConnect)
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
    if (this.#closed) throw new ClosedError('The Redis store')
  }

  /** Connects a client that was made with `lazyConnect`; any other does so by itself. */
  open(): void {
    if (this.client.status === 'wait') this.client.connect().catch(() => {})
  }

  /**
   * Resolves when the first connection is there.
   * @throws StoreError at once where there is none to wait for
   */
  async connected(): Promise<void> {
    this.open()
    if (!this.#firstIsOver && (isConnecting(this.client) || this.#selecting)) {
      this.#first ??= new Promise((resolve) => {
        this.#settleFirst = resolve
        this.#clock.setTimeout(resolve, PATIENCE).unref()
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

  /** A server without TLS answers nothing at all to the begin of it. */
  #tlsHint(): string {
    const { tls } = this.client.options as ClientOptions
    return tls && this.client.status !== 'end'
      ? '. It was asked for TLS (rediss://): a port that does not speak it is reached by redis://'
      : ''
  }

  reconnect(): void {
    if (!this.#may.reconnect || this.#leaving || this.#closed) return
    this.#leaving = true // until it is closed: a silent peer does not even answer that, ioredis waits for it
    this.client.disconnect(true)
  }

  /** Leaves the client alone from now on. */
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
    // Where we close it, this one stays: a socket that fails while it closes must not end the process.
    if (!this.#may.close) client.off('error', this.#onError)
  }

  /** Closes a connection that is ours; leaves any other as it is. A second call does nothing. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.detach()
    if (!this.#may.close) return
    const { client } = this
    // Between two tries there is no socket, and ioredis tells no end.
    const connected = this.ready || isConnecting(client)
    const ended = new Promise<void>((resolve) => {
      client.on('end', () => resolve())
      this.#clock.setTimeout(resolve, PATIENCE).unref()
    })
    client.disconnect()
    if (connected) await ended
  }

  readonly #onReady = (): void => {
    const { db = 0 } = this.client.options as ClientOptions
    if (db > 0 && this.#may.close && this.client.select) void this.#select(db)
    else this.#begin()
  }

  /** ioredis goes on with database 0 where the server does not have the one of its options. */
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

  /** The server accepts connections; it may still never answer (ioredis limits the time of the first only). */
  readonly #onConnect = (): void => {
    this.#clock.clearTimeout(this.#handshake)
    this.#handshake = this.#clock.setTimeout(() => this.reconnect(), HANDSHAKE_WITHIN).unref()
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
