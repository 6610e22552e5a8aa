import type { ServerResponse } from 'node:http'
import type { Clock } from '../../clock.ts'

/** A connection that takes nothing for this long is closed. */
const MOST_STUCK_MS = 60_000

/** One browser that follows a page by server-sent events. */
export class EventClient {
  readonly #response: ServerResponse
  readonly #clock: Clock
  readonly #since: number
  /** Time at which the connection stopped taking data. */
  #stuck: number | undefined
  /** The last data that was sent: equal data is not sent again. */
  #last: string | undefined

  constructor(response: ServerResponse, clock: Clock) {
    this.#response = response
    this.#clock = clock
    this.#since = clock.now()
  }

  /** Milliseconds since it connected. */
  get age(): number {
    return this.#clock.now() - this.#since
  }

  /** Returns true if its server takes no new connections: it waits for this one to end. */
  get serverStopped(): boolean {
    const { server } = (this.#response.socket ?? {}) as { server?: { listening?: boolean } }
    return server?.listening === false
  }

  /** Sends data unless the browser has it. One that is slow gets the next state, not a backlog. */
  send(event: string, data: string): void {
    if (data === this.#last || !this.#takesData()) return
    this.#last = data
    this.#write(`event: ${event}\ndata: ${data}\n\n`)
  }

  /** Sends a comment, so that proxies and both ends find out about a dead connection. */
  beat(): void {
    if (this.#takesData()) this.#write(':\n\n')
  }

  end(): void {
    this.#response.end()
  }

  #write(text: string): void {
    this.#response.write(text)
  }

  #takesData(): boolean {
    const { writableNeedDrain, writableEnded, destroyed } = this.#response
    if (writableEnded || destroyed) return false
    if (!writableNeedDrain) {
      this.#stuck = undefined
      return true
    }
    this.#stuck ??= this.#clock.now()
    if (this.#clock.now() - this.#stuck > MOST_STUCK_MS) this.#response.destroy()
    return false
  }
}
