import type { Clock } from '../clock.ts'
import { makeStamp, type StampKind } from './store.ts'

/**
 * The clock of this machine in whole milliseconds, for stores whose server has none. It never steps
 * back.
 */
export class MachineClock {
  readonly #clock: Clock
  #last = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  now(): number {
    this.#last = Math.max(this.#last, this.#clock.wall())
    return this.#last
  }

  stamp(kind: StampKind): Buffer {
    return makeStamp(this.now(), kind)
  }
}
