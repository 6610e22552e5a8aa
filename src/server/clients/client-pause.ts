import type { Alarm, ServerClock } from '../clock.ts'
import { PostponedRequests } from './postponed-requests.ts'

/** Requests that CLIENT PAUSE holds back: all, or those that write. */
export type PauseKind = 'all' | 'write'

/** CLIENT PAUSE: requests that arrive meanwhile run after its end. */
export class ClientPause {
  readonly #clock: ServerClock
  #kind: PauseKind | undefined
  #until = 0
  #alarm: Alarm | undefined
  /** Requests that arrived meanwhile. */
  readonly requests = new PostponedRequests()

  constructor(clock: ServerClock) {
    this.#clock = clock
  }

  /** Kind of the pause under way. */
  get kind(): PauseKind | undefined {
    return this.#kind
  }

  /**
   * Begins a pause. One that is under way only becomes longer, and holds more back.
   *
   * @param until in ms since 1970
   */
  begin(kind: PauseKind, until: number): void {
    if (this.#kind === 'all' || kind === 'all') this.#kind = 'all'
    else this.#kind = 'write'
    this.#until = Math.max(this.#until, until)
    this.#clock.cancel(this.#alarm)
    this.#alarm = this.#clock.schedule(this.#until, () => this.end())
  }

  /** Ends the pause, and runs what has waited. */
  end(): void {
    this.#kind = undefined
    this.#until = 0
    this.#clock.cancel(this.#alarm)
    this.requests.run()
  }
}
