import { type Clock, sleep } from '../../clock.ts'

/** Spaces starts evenly in time, at most `perSecond` of them in a second. */
export class Pace {
  readonly #interval: number
  readonly #clock: Clock
  #next: number

  /** @param perSecond Infinity: no limit */
  constructor(perSecond: number, clock: Clock) {
    this.#interval = 1_000 / perSecond
    this.#clock = clock
    this.#next = clock.now()
  }

  /** Resolves when the next one may start. */
  async turn(): Promise<void> {
    if (this.#interval === 0) return
    const now = this.#clock.now()
    const at = Math.max(now, this.#next)
    this.#next = at + this.#interval
    if (at > now) await sleep(at - now, this.#clock)
  }
}
