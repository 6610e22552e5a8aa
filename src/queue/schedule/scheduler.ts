import type { Clock, Timer } from '../../clock.ts'
import { type Definition, type DueSchedule, MOST_DUE, type ScheduleStore } from './schedule-store.ts'
import { isInTime, latestRun, nextRun } from './timing.ts'

export interface SchedulerOptions {
  readonly store: ScheduleStore
  /** Timers, and nothing else: due times are compared with the server's clock. */
  readonly clock: Clock
  /** The time in place of the server's, in milliseconds since 1970: for tests. */
  readonly now?: (() => number) | undefined
  readonly onError: (error: unknown) => void
}

/** How soon a worker finds schedules that other processes have defined, in milliseconds. */
const LOOK_EVERY_MS = 5_000

/** Adds the tasks of a queue's schedules when they are due. Every worker has one; none leads. */
export class Scheduler {
  readonly #options: SchedulerOptions
  #timer: Timer | undefined
  #running: Promise<void> | undefined
  #again = false
  #closed = false

  constructor(options: SchedulerOptions) {
    this.#options = options
  }

  /**
   * Looks for due schedules now, for example because one was defined, and then as they come.
   * Resolves when a look that began after the call has ended.
   */
  look(): Promise<void> {
    if (this.#closed) return Promise.resolve()
    this.#again = true
    this.#running ??= this.#lookOn().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  async #lookOn(): Promise<void> {
    const { clock, onError } = this.#options
    clock.clearTimeout(this.#timer)
    let wait = LOOK_EVERY_MS
    while (this.#again && !this.#closed) {
      this.#again = false
      wait = await this.#addDue().catch((error: unknown) => {
        onError(error)
        return LOOK_EVERY_MS
      })
    }
    if (!this.#closed) this.#timer = clock.setTimeout(() => void this.look(), wait).unref()
  }

  /** Ends; resolves when no call is under way. */
  async close(): Promise<void> {
    this.#closed = true
    this.#options.clock.clearTimeout(this.#timer)
    await this.#running
  }

  /** @returns milliseconds until the next look */
  async #addDue(): Promise<number> {
    const { store, now: time } = this.#options
    const { now, coming, due } = await store.findDue(time?.())
    let next = coming
    for (const schedule of due) {
      if (this.#closed) break
      next = Math.min(next, await this.#claim(schedule, now))
    }
    return Math.max(1, Math.min(due.length < MOST_DUE ? next - now : 0, LOOK_EVERY_MS))
  }

  /** @returns the schedule's next run; Infinity: it is not to be looked at before long */
  async #claim(schedule: DueSchedule, now: number): Promise<number> {
    const { store, onError } = this.#options
    try {
      const { timing } = JSON.parse(schedule.definition) as Definition
      // Of several that were missed, the last one runs.
      const run = latestRun(timing, now)
      const next = nextRun(timing, now)
      await store.claim(schedule, next, isInTime(timing, run, now) ? run : undefined)
      return next
    } catch (error) {
      onError(error)
      return Infinity
    }
  }
}
