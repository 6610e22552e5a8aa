import type { Clock } from '../../clock.ts'

/** How long a page waits for what others render, all its waits together; two at the same time count once. */
export class WaitBudget {
  readonly #clock: Clock
  #left: number
  #waits = 0
  #since = 0

  /** @param limit milliseconds */
  constructor(limit: number, clock: Clock) {
    this.#clock = clock
    this.#left = limit
  }

  /** @param wait gets how many milliseconds are left for it */
  async during<T>(wait: (left: number) => Promise<T>): Promise<T> {
    if (this.#waits++ === 0) this.#since = this.#clock.now()
    try {
      return await wait(this.#left - (this.#clock.now() - this.#since))
    } finally {
      if (--this.#waits === 0) this.#left -= this.#clock.now() - this.#since
    }
  }
}
