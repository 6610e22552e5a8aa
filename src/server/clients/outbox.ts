import type { Faults } from '../monitoring/faults.ts'

/** Something with output to be sent. */
export interface Flushable {
  flush(): void
}

/** The connections with replies and messages that are not sent yet: one write for each. */
export class Outbox {
  readonly #faults: Faults
  #waiting: Flushable[] = []

  constructor(faults: Faults) {
    this.#faults = faults
  }

  add(connection: Flushable): void {
    this.#waiting.push(connection)
  }

  /** Sends all that was added. */
  flush(): void {
    while (this.#waiting.length > 0) {
      const waiting = this.#waiting
      this.#waiting = []
      for (const connection of waiting) this.#flush(connection)
    }
  }

  #flush(connection: Flushable): void {
    try {
      connection.flush()
    } catch (thrown) {
      this.#faults.tell('output', thrown)
    }
  }
}
