import type { RedisCommandClient } from './client.ts'

/** A command that has no reply yet. */
interface Waiting {
  /** Number of the connection that it is sent by. */
  readonly connection: number
  /** Ends the wait before the reply. */
  readonly end: (reason: unknown) => void
}

/**
 * Commands of one client that wait for their replies, by the connection that each is sent by. A
 * wait also ends when its connection is lost, its signal aborts, or its owner is closed.
 *
 * One promise and one entry for a command: this is on the path of each.
 */
export class WaitingCommands {
  readonly #waiting = new Set<Waiting>()
  readonly #failure: (error: unknown) => unknown
  #connection = 0

  /** @param failure converts an error of the client */
  constructor(failure: (error: unknown) => unknown) {
    this.#failure = failure
  }

  /** Sends a command. Settles like it, or earlier. */
  until(
    command: (client: RedisCommandClient) => Promise<unknown>,
    client: RedisCommandClient,
    signal?: AbortSignal,
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      // ioredis keeps others for the next connection.
      const isSent = client.status === 'ready' && client.stream?.writable !== false
      const onAbort = signal && (() => waiting.end(signal.reason))
      const settle = () => {
        this.#waiting.delete(waiting)
        if (onAbort) signal.removeEventListener('abort', onAbort)
      }
      const waiting: Waiting = {
        connection: this.#connection + (isSent ? 0 : 1),
        end(reason) {
          settle()
          reject(reason)
        },
      }
      this.#waiting.add(waiting)
      if (onAbort) signal.addEventListener('abort', onAbort)
      const fail = (error: unknown) => {
        // Its error was converted, or is the reason of the one that ended it.
        if (this.#waiting.has(waiting)) waiting.end(this.#failure(error))
      }
      try {
        command(client).then((reply) => {
          settle()
          resolve(reply)
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
}
