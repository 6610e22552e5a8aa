import type { Clock, Timer } from '../clock.ts'
import { ClosedError, StoreError } from '../errors.ts'
import { type ClientOptions, describeServer, isClusterClient, type RedisCommandClient } from './client.ts'
import { watchClient } from './client-watch.ts'
import { retryDelay } from './connect-options.ts'
import { duplicateFor } from './duplicate.ts'
import { isLost, storeFailure, withoutCommand } from './failure.ts'
import { SettledByOwner } from './settled-by-owner.ts'
import { survivesSurplusReplies } from './surplus-replies.ts'

/** Longest time from the start of a connection until it takes commands, in ms. */
const HANDSHAKE_TIMEOUT = 5_000
/** Time by which a reply may come later than the server was asked to block, in ms. */
const REPLY_GRACE = 5_000

/** Errors of commands that the server refused, and that may be sent again, perhaps elsewhere. */
const NOT_EXECUTED = /^(MOVED|ASK|TRYAGAIN|CLUSTERDOWN|LOADING|MASTERDOWN|READONLY|UNBLOCKED|BUSY) ?/

export interface BlockOptions {
  /** A key of the command. In a cluster, the command goes to its node. */
  readonly key: string
  /** Time for which the command asks the server to block, in ms. */
  readonly blockFor: number
  /**
   * Longest wait for a connection, in ms.
   *
   * @defaultValue Infinity
   */
  readonly connectWithin?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** Returns true if a command failed since its connection was lost: it may have been carried out. */
export function isLostConnection(error: unknown): boolean {
  if (!(error instanceof StoreError) || error instanceof NotConnected) return false
  return error.cause instanceof Error && isLost(error.cause.message)
}

/**
 * A connection for commands that block, one at a time. It is opened at the first, to the node of
 * the key in a cluster, and again when it was lost or the key has moved.
 *
 * The caller limits the time for which the server blocks to some seconds, and asks again: so a peer
 * that is gone without a word is noticed.
 */
export class BlockingConnection {
  readonly #owner: string
  readonly #main: RedisCommandClient
  readonly #clock: Clock
  readonly #onClose: () => void
  readonly #pending = new SettledByOwner()
  #client: RedisCommandClient | undefined
  #closed = false
  #ended: Promise<void> = Promise.resolve()

  constructor(owner: string, main: RedisCommandClient, clock: Clock, onClose: () => void) {
    this.#owner = owner
    this.#main = main
    this.#clock = clock
    this.#onClose = onClose
    watchClient(main).onEnd.add(this.#drop)
  }

  get closed(): boolean {
    return this.#closed
  }

  /**
   * Sends a command, after waiting for a connection if there is none.
   *
   * @returns the reply, with a Buffer for each string in it
   * @throws ClosedError, StoreError, the reason of the signal. If `isLostConnection(error)`, the
   * command may have been carried out
   */
  async send(
    command: string,
    args: readonly (string | Buffer)[],
    { key, blockFor, connectWithin = Infinity, signal }: BlockOptions,
  ): Promise<unknown> {
    const giveUpAt = this.#clock.now() + connectWithin
    for (let attempt = 1; ; attempt++) {
      this.#check(signal)
      let failure: unknown
      try {
        const client = await this.#connected(key, giveUpAt, signal)
        if (client) return await this.#ask(client, command, args, blockFor, signal)
      } catch (error) {
        if (this.#closed || signal?.aborted || isLostConnection(error) || !mayTryAgain(error)) throw error
        failure = error
      }
      this.#leave()
      const pause = retryDelay(attempt)
      if (this.#clock.now() + pause > giveUpAt) throw failure ?? this.#noNode(key)
      await this.#pause(pause, signal)
    }
  }

  /** Ends the wait of a command with a ClosedError. A second call does nothing. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    watchClient(this.#main).onEnd.delete(this.#drop)
    const client = this.#client
    if (client && client.status !== 'end')
      this.#ended = new Promise((resolve) => client.on('end', () => resolve()))
    this.#pending.rejectAll(new ClosedError(this.#owner))
    this.#drop()
    this.#onClose()
  }

  /**
   * Resolves when the server, too, has closed the connection after `close()`: until then it may
   * still carry out the command that waits.
   */
  ended(): Promise<void> {
    return this.#ended
  }

  /** Returns a client that takes commands; undefined if no node of the cluster has the key now. */
  async #connected(
    key: string,
    giveUpAt: number,
    signal: AbortSignal | undefined,
  ): Promise<RedisCommandClient | undefined> {
    if (this.#client?.status === 'ready') return this.#client
    this.#drop()
    const client = duplicateFor(this.#main, key)
    if (!client) return undefined
    this.#client = client
    let lastError: unknown
    client.on('error', (error) => {
      lastError = error
    })
    survivesSurplusReplies(client, () => client.disconnect())
    const limit = Math.min(HANDSHAKE_TIMEOUT, Math.max(1, giveUpAt - this.#clock.now()))
    const timer = this.#clock.setTimeout(() => client.disconnect(), limit)
    try {
      await this.#pending.race(handshake(client), signal, this.#drop)
      return client
    } catch (error) {
      if (this.#closed || signal?.aborted) throw error
      throw new NotConnected(storeFailure(describeServer(client), 'is not connected', lastError ?? error))
    } finally {
      this.#clock.clearTimeout(timer)
    }
  }

  async #ask(
    client: RedisCommandClient,
    command: string,
    args: readonly (string | Buffer)[],
    blockFor: number,
    signal: AbortSignal | undefined,
  ): Promise<unknown> {
    const timer = this.#clock.setTimeout(() => client.disconnect(), blockFor + REPLY_GRACE)
    try {
      return await this.#pending.race(client.callBuffer(command, [...args]), signal, this.#drop)
    } catch (error) {
      if (this.#closed || signal?.aborted) throw error
      throw storeFailure(describeServer(client), 'failed', error)
    } finally {
      this.#clock.clearTimeout(timer)
    }
  }

  #check(signal: AbortSignal | undefined): void {
    if (this.#closed) throw new ClosedError(this.#owner)
    signal?.throwIfAborted()
    if (this.#main.status !== 'end') return
    throw new StoreError(`${describeServer(this.#main)} is not connected: its client was closed`)
  }

  #pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
    let timer: Timer | undefined
    const slept = new Promise<void>((resolve) => {
      timer = this.#clock.setTimeout(resolve, ms)
    })
    return this.#pending.race(slept, signal, () => this.#clock.clearTimeout(timer))
  }

  /** Leaves a server that cannot serve, and has the cluster's client learn where the key is. */
  #leave(): void {
    this.#drop()
    const main = this.#main
    if (!isClusterClient(main)) return
    if (main.status === 'wait') main.connect().catch(() => {})
    else if (main.status === 'ready') main.refreshSlotsCache()
  }

  #noNode(key: string): StoreError {
    return new StoreError(`No node of the Redis Cluster that is known has the key '${key}'`)
  }

  readonly #drop = (): void => {
    this.#client?.disconnect()
    this.#client = undefined
  }
}

/** Connects, and selects the database: ioredis goes on with database 0 if the server lacks it. */
async function handshake(client: RedisCommandClient): Promise<void> {
  await client.connect()
  const { db = 0 } = client.options as ClientOptions
  if (db > 0) await client.select?.(db)
}

/** No command was sent. */
class NotConnected extends StoreError {
  constructor(failure: Error) {
    super(failure.message, { cause: failure.cause })
    this.name = 'StoreError'
  }
}

function mayTryAgain(error: unknown): boolean {
  if (error instanceof NotConnected) return !isRefusal(error.cause)
  return error instanceof StoreError && NOT_EXECUTED.test(withoutCommand(error.cause).message)
}

/** Returns true for a refusal that stays, such as that of a wrong password. */
function isRefusal(cause: unknown): boolean {
  return (
    cause instanceof Error && /^(NOAUTH|WRONGPASS|NOPERM|ERR (?!max number of clients))/.test(cause.message)
  )
}
