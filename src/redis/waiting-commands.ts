import type { RedisCommandClient } from './client.ts'
import { onAbort } from './on-abort.ts'

/** Conversions of a command's reply and of its error. */
export interface Conversions<T> {
  /** Converts the reply. */
  readonly read: (reply: unknown) => T
  /** Converts the error. */
  readonly refuse?: ((error: unknown) => unknown) | undefined
}

const AS_IT_IS: Conversions<unknown> = { read: (reply) => reply }

/**
 * Commands of one client that wait for their replies, by the connection that each is sent by. A
 * wait also ends when its connection is lost, its signal aborts, or its owner is closed.
 *
 * One promise and one entry for a command: this is on the path of each.
 */
export class WaitingCommands {
  readonly #waiting = new Set<WaitingCommand>()
  readonly #failure: (error: unknown) => unknown
  readonly #tracks: boolean
  #connection = 0

  /**
   * @param failure converts an error of the client
   * @param tracks true if `connected` and `lost` are called
   */
  constructor(failure: (error: unknown) => unknown, tracks: boolean) {
    this.#failure = failure
    this.#tracks = tracks
  }

  /** Sends a command. Settles like it, or earlier. */
  until<T = unknown>(
    command: (client: RedisCommandClient) => Promise<unknown>,
    client: RedisCommandClient,
    signal?: AbortSignal,
    { read, refuse }: Conversions<T> = AS_IT_IS as Conversions<T>,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      const connection = this.#tracks ? this.#connectionOf(client) : 0
      const waiting = new WaitingCommand(this.#waiting, connection, reject, signal, refuse)
      const fail = (error: unknown) => {
        // One that was ended has its error already.
        if (this.#waiting.has(waiting)) waiting.end(this.#failure(error))
      }
      try {
        command(client).then((reply) => {
          if (!waiting.settle()) return
          try {
            resolve(read(reply))
          } catch (error) {
            reject(error)
          }
        }, fail)
      } catch (error) {
        fail(error)
      }
    })
  }

  /** Counts a new connection: commands that waited for it are sent. */
  connected(): void {
    this.#connection++
  }

  /** Ends the commands that were sent by the last connection. */
  lost(): void {
    for (const waiting of this.#waiting) {
      if (waiting.connection <= this.#connection)
        waiting.end(this.#failure(new Error('Connection is closed.')))
    }
  }

  /** Ends all commands. */
  endAll(reason: unknown): void {
    for (const waiting of [...this.#waiting]) waiting.end(reason)
  }

  /** Returns the number of the connection by which a command is sent now. */
  #connectionOf({ status, stream }: RedisCommandClient): number {
    // ioredis keeps others for the next connection.
    const isSent = status === 'ready' && stream?.writable !== false
    return this.#connection + (isSent ? 0 : 1)
  }
}

/** A command that has no reply yet. */
class WaitingCommand {
  /** Number of the connection that it is sent by. */
  readonly connection: number
  readonly #all: Set<WaitingCommand>
  readonly #reject: (reason: unknown) => void
  readonly #refuse: ((error: unknown) => unknown) | undefined
  readonly #endSignal: (() => void) | undefined

  constructor(
    all: Set<WaitingCommand>,
    connection: number,
    reject: (reason: unknown) => void,
    signal: AbortSignal | undefined,
    refuse: ((error: unknown) => unknown) | undefined,
  ) {
    this.connection = connection
    this.#all = all
    this.#reject = reject
    this.#refuse = refuse
    all.add(this)
    if (signal) this.#endSignal = onAbort(signal, () => this.end(signal.reason))
  }

  /** Ends the wait. Returns false if it had ended. */
  settle(): boolean {
    this.#endSignal?.()
    return this.#all.delete(this)
  }

  /** Ends the wait with an error. */
  end(reason: unknown): void {
    if (this.settle()) this.#reject(this.#refuse ? this.#refuse(reason) : reason)
  }
}
