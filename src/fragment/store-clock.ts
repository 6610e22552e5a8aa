import type { Store } from '../stores/store.ts'

/** How long an estimate is good, in milliseconds: clocks of two machines drift apart by less than 1 ms in it. */
const GOOD_FOR = 60_000

/** How often in a row: each estimate is low, by as much as its answer was late, and the highest is the best. */
const ASKED = 3

/**
 * The store's clock, as this process sees it: asked when the cache is made and each minute while it is used; a
 * monotonic clock runs between.
 *
 * The estimate is low: the store answered at some time between question and answer, and the earliest is taken.
 * So a page is never believed to have begun later than it did.
 */
export class StoreClock {
  readonly #store: Store
  #offset: number | undefined
  #askedAt = Number.NEGATIVE_INFINITY
  #asking: Promise<void> | undefined

  constructor(store: Store) {
    this.#store = store
  }

  /** Whether there is an estimate. */
  get known(): boolean {
    return this.#offset !== undefined
  }

  /** The store's time in milliseconds, at a time of `performance.now()`. NaN while it is not known. */
  at(monotonic: number): number {
    return this.#offset === undefined ? Number.NaN : this.#offset + monotonic
  }

  /** Whether it is time to ask again. */
  get old(): boolean {
    return performance.now() - this.#askedAt >= GOOD_FOR
  }

  /** The next page asks again. */
  forget(): void {
    this.#askedAt = Number.NEGATIVE_INFINITY
  }

  /** Asks again where the estimate is old. Never rejects: without an answer the old one stays. */
  async refresh(): Promise<void> {
    if (!this.old) return this.#asking
    this.#askedAt = performance.now()
    this.#asking = this.#ask()
    await this.#asking
  }

  async #ask(): Promise<void> {
    try {
      let offset = Number.NEGATIVE_INFINITY
      for (let n = 0; n < ASKED; n++) {
        const time = await this.#store.clock()
        offset = Math.max(offset, time - performance.now())
      }
      this.#offset = offset
    } catch {
      // The next page asks again; the failure of the store shows where it is read.
      this.#askedAt = Number.NEGATIVE_INFINITY
    } finally {
      this.#asking = undefined
    }
  }
}
