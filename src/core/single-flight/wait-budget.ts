import type { Clock } from '../../clock.ts'

/** Time that a page may wait for what others render, in all. Simultaneous waits count once. */
export class WaitBudget {
  readonly #clock: Clock
  #left: number
  #waits = 0
  #since = 0

  /** @param limit in ms */
  constructor(limit: number, clock: Clock) {
    this.#clock = clock
    this.#left = limit
  }

  /** Waits. @param wait is given the time that is left, in ms */
  async during<T>(wait: (left: number) => Promise<T>): Promise<T> {
    if (this.#waits++ === 0) this.#since = this.#clock.now()
    try {
      return await wait(this.#left - (this.#clock.now() - this.#since))
    } finally {
      if (--this.#waits === 0) this.#left -= this.#clock.now() - this.#since
    }
  }
}
