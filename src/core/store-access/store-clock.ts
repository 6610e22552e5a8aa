import type { Clock } from '../../clock.ts'
import type { Store } from '../../stores/store.ts'

/**
 * How long an estimate is used, in ms: two machines' clocks drift apart by less than 1 ms in it.
 */
const GOOD_FOR_MS = 60_000

/** Shortest time between two estimates after refused writes, in ms: many have another cause. */
const SUSPECTED_AGAIN_MS = 1_000

/** Number of answers for one estimate. Each is low by its delay; the highest is the best. */
const ASKED = 5

/**
 * Tick of the store's clock, in ms. Stamps count microseconds, and doubles round them by a quarter.
 */
const MICROSECONDS = 0.002
const MILLISECONDS = 1

/**
 * The store's clock, as this process estimates it: when the cache is created, and each minute while
 * it is used.
 *
 * The estimate is low, so that no page is believed to have begun later than it did: the earliest
 * time at which the store may have answered. It is cut to the store's tick, so that what was
 * stamped after a page began is never before the page, also within one tick.
 */
export class StoreClock {
  readonly #store: Store
  readonly #process: Clock
  #offset: number | undefined
  #askedAt = Number.NEGATIVE_INFINITY
  #firstAnswer: Promise<void> | undefined
  #asking: Promise<void> | undefined

  constructor(store: Store, process: Clock) {
    this.#store = store
    this.#process = process
  }

  /** Refreshes an old estimate behind the page. @returns true once there is one */
  keep(): boolean {
    if (this.old) void this.refresh()
    return this.#offset !== undefined
  }

  /** The store's time at a time of the process' clock, in ms; NaN while it is not known. */
  at(time: number): number {
    return this.#offset === undefined ? Number.NaN : this.#offset + time
  }

  /** The store's time in ms; NaN while it is not known. */
  now(): number {
    return this.at(this.#process.now())
  }

  /** True if the estimate is to be refreshed. */
  get old(): boolean {
    return this.#process.now() - this.#askedAt >= GOOD_FOR_MS
  }

  /**
   * Refreshes the estimate with the next page: the store has refused a write, perhaps since its
   * clock was set forward.
   */
  suspect(): void {
    if (this.#process.now() - this.#askedAt >= SUSPECTED_AGAIN_MS) this.forget()
  }

  /** Refreshes the estimate with the next page. */
  forget(): void {
    this.#askedAt = Number.NEGATIVE_INFINITY
  }

  /** Resolves when there is a first estimate, if the store answers. */
  async ready(): Promise<void> {
    if (this.#offset !== undefined) return
    void this.refresh()
    await this.#firstAnswer
  }

  /** Refreshes an old estimate. Never rejects: without an answer the old one stays. */
  async refresh(): Promise<void> {
    if (!this.old) return this.#asking
    this.#askedAt = this.#process.now()
    const estimate = new Estimate()
    this.#firstAnswer = this.#ask(estimate)
    this.#asking = this.#firstAnswer.then(() => this.#askAgain(estimate))
    await this.#asking
  }

  async #ask(estimate: Estimate): Promise<void> {
    try {
      const time = await this.#store.clock()
      estimate.add(time, this.#process.now())
      this.#offset ??= estimate.offset
    } catch {
      // The next page asks again. Reads report the failure.
      this.#askedAt = Number.NEGATIVE_INFINITY
    }
  }

  async #askAgain(estimate: Estimate): Promise<void> {
    for (let n = 1; n < ASKED && !this.old; n++) await this.#ask(estimate)
    if (!this.old) this.#offset = estimate.offset
    this.#asking = undefined
  }
}

/** Offset of the store's clock from the process' clock, by several answers. */
class Estimate {
  #highest = Number.NEGATIVE_INFINITY
  // A clock in microseconds is at a whole millisecond once in a thousand times.
  #tick = MILLISECONDS

  add(time: number, now: number): void {
    this.#highest = Math.max(this.#highest, time - now)
    if (!Number.isInteger(time)) this.#tick = MICROSECONDS
  }

  get offset(): number {
    return this.#highest - this.#tick
  }
}
