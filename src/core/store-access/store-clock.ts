import type { Clock } from '../../clock.ts'
import type { Store } from '../../stores/store.ts'

/** How long an estimate is good, in milliseconds: clocks of two machines drift apart by less than 1 ms in it. */
const GOOD_FOR = 60_000

/** In milliseconds: a write that came too late for another reason is refused, too, and often. */
const SUSPECTED_AGAIN = 1_000

/** How often in a row: each estimate is low, by as much as its answer was late, and the highest is the best. */
const ASKED = 5

/** In milliseconds: stamps are in whole microseconds, and doubles round what is computed with by a fourth of one. */
const MICROSECONDS = 0.002
const MILLISECONDS = 1

/**
 * The store's clock, as this process sees it: asked when the cache is made and each minute while it is used; a
 * monotonic clock runs between.
 *
 * The estimate is low, so that no page is believed to have begun later than it did: the store answered at some time between
 * question and answer, and the earliest is taken. And stamps are cut to what the store's clock counts in: what was stamped
 * after a page began is never before the estimate of its beginning, also where both fall into one tick.
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

  /** Whether there is an estimate. */
  get known(): boolean {
    return this.#offset !== undefined
  }

  /** The store's time in milliseconds, at a time of the process' clock. NaN while it is not known. */
  at(time: number): number {
    return this.#offset === undefined ? Number.NaN : this.#offset + time
  }

  /** The store's time in milliseconds. NaN while it is not known. */
  now(): number {
    return this.at(this.#process.now())
  }

  /** Whether it is time to ask again. */
  get old(): boolean {
    return this.#process.now() - this.#askedAt >= GOOD_FOR
  }

  /**
   * Asks again at the next page, at most once in `SUSPECTED_AGAIN`: the store has refused a write, perhaps since its clock was
   * set forward and the time for the write seemed to be over.
   */
  suspect(): void {
    if (this.#process.now() - this.#askedAt >= SUSPECTED_AGAIN) this.forget()
  }

  /** The next page asks again. */
  forget(): void {
    this.#askedAt = Number.NEGATIVE_INFINITY
  }

  /** Resolves when there is an estimate, if the store answers. A page need not wait until it is as good as it gets. */
  async ready(): Promise<void> {
    if (this.known) return
    void this.refresh()
    await this.#firstAnswer
  }

  /** Asks again where the estimate is old. Never rejects: without an answer the old one stays. */
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
      // The next page asks again; the failure of the store shows where it is read.
      this.#askedAt = Number.NEGATIVE_INFINITY
    }
  }

  async #askAgain(estimate: Estimate): Promise<void> {
    for (let n = 1; n < ASKED && !this.old; n++) await this.#ask(estimate)
    if (!this.old) this.#offset = estimate.offset
    this.#asking = undefined
  }
}

/** How far the store's clock is ahead of the process', by several answers. */
class Estimate {
  #highest = Number.NEGATIVE_INFINITY
  // A clock that counts microseconds gives a whole number of milliseconds once in a thousand times.
  #tick = MILLISECONDS

  add(time: number, now: number): void {
    this.#highest = Math.max(this.#highest, time - now)
    if (!Number.isInteger(time)) this.#tick = MICROSECONDS
  }

  get offset(): number {
    return this.#highest - this.#tick
  }
}
