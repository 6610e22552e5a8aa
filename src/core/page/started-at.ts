import type { Clock } from '../../clock.ts'
import { OptionError } from '../../errors.ts'

/** `Date.now()` leaves out what is less. */
const MILLISECOND = 1

/**
 * Turns a time of `Date.now()`, at which a page's data began to be loaded, into one of the process'
 * clock that is not later: less than a millisecond earlier, or as much as the clock on the wall was
 * set back since.
 */
export class StartedAt {
  readonly #clock: Clock
  readonly #remembered: number
  /**
   * How far the clock on the wall is ahead of the other one; before it was set back, for as long as
   * that is remembered.
   */
  #ahead: number
  #setBackAt: number | undefined

  /**
   * @param remembered milliseconds after which no page is stored that began before the clock was
   * set back
   */
  constructor(clock: Clock, remembered: number) {
    this.#clock = clock
    this.#remembered = remembered
    this.#ahead = clock.wall() - clock.now()
  }

  /** Reads the option `startedAt` of a page, see {@link StartedAt.toClock}. @throws OptionError */
  of(startedAt: number): number {
    if (Number.isFinite(startedAt)) return this.toClock(startedAt)
    throw new OptionError(`The option startedAt must be a time as Date.now() counts, not ${startedAt}.`)
  }

  /** @param startedAt by `Date.now()` */
  toClock(startedAt: number): number {
    const now = this.#clock.now()
    this.#look(this.#clock.wall() - now, now)
    return Math.min(now, startedAt - this.#ahead - MILLISECOND)
  }

  #look(ahead: number, now: number): void {
    if (ahead > this.#ahead - MILLISECOND) {
      this.#ahead = Math.max(this.#ahead, ahead)
      this.#setBackAt = undefined
      return
    }
    this.#setBackAt ??= now
    if (now - this.#setBackAt <= this.#remembered) return
    this.#ahead = ahead
    this.#setBackAt = undefined
  }
}
