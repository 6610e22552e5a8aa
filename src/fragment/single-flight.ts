/** What a flight brings: the value as the store would give it, head and entry; undefined: everybody renders his own. */
export type Landed = Buffer | undefined

/** The render of one fragment by one page, which others of this process wait for. */
export class Flight {
  readonly #waiters = new Set<(landed: Landed) => void>()
  #result: (() => Landed) | undefined

  /** @param result asked once, and only if somebody waits */
  land(result: () => Landed): void {
    if (this.#result) return
    let landed: { readonly value: Landed } | undefined
    this.#result = () => {
      landed ??= { value: result() }
      return landed.value
    }
    if (this.#waiters.size === 0) return
    const value = this.#result()
    for (const waiter of this.#waiters) waiter(value)
    this.#waiters.clear()
  }

  /** Whether somebody has waited for it. */
  waitedFor = false
  /** Whether its page is over. */
  ended = false
  /** When it is forgotten, by `performance.now()`, if nobody ends it. */
  until: number

  constructor(until: number) {
    this.until = until
  }

  get hasLanded(): boolean {
    return this.#result !== undefined
  }

  /** @param patience milliseconds: a page does not wait for longer */
  wait(patience: number): Promise<Landed> {
    this.waitedFor = true
    if (this.#result) return Promise.resolve(this.#result())
    return new Promise((resolve) => {
      const over = (landed: Landed) => {
        clearTimeout(timer)
        this.#waiters.delete(over)
        resolve(landed)
      }
      const timer = setTimeout(over, patience, undefined)
      this.#waiters.add(over)
    })
  }
}

/** How long one is kept for late ones, in milliseconds. */
const KEPT = 1_000
/** How many are known at most. One that is forgotten costs a second render. */
const MOST_FLIGHTS = 10_000

/**
 * One render per fragment at a time in this process (single-flight, after Go's x/sync/singleflight). A page joins
 * another's render only where both saw the same under its key, and the same versions of its tags; and what it gets is the
 * entry that is to be stored, never the HTML of the other's visitor.
 */
export class SingleFlight {
  /** By what they bring; in the order in which they are to be forgotten, or nearly so. */
  readonly #flights = new Map<string, Flight>()
  readonly #longest: number
  readonly #mostWaiters: number
  #waiters = 0

  /** @param longest milliseconds after which a flight that nobody ended is forgotten */
  constructor(longest: number, mostWaiters: number) {
    this.#longest = longest
    this.#mostWaiters = mostWaiters
  }

  find(id: string): Flight | undefined {
    const flight = this.#waiters < this.#mostWaiters ? this.#flights.get(id) : undefined
    return flight && performance.now() < flight.until ? flight : undefined
  }

  start(id: string): Flight {
    this.#forget()
    const flight = new Flight(performance.now() + this.#longest)
    this.#flights.delete(id)
    this.#flights.set(id, flight)
    return flight
  }

  /**
   * It is stored, or never will be. Pages of a crowd that have asked the store before may be late for it: for them it is
   * kept a little longer.
   */
  end(id: string, flight: Flight): void {
    flight.land(() => undefined)
    if (this.#flights.get(id) !== flight) return
    this.#flights.delete(id)
    if (!flight.waitedFor) return
    flight.ended = true
    flight.until = performance.now() + KEPT
    this.#flights.set(id, flight)
  }

  /** What is kept for late ones is not to be joined any more: something was deleted. */
  forgetEnded(): void {
    for (const [id, { ended }] of this.#flights) if (ended) this.#flights.delete(id)
  }

  #forget(): void {
    const now = performance.now()
    for (const [id, flight] of this.#flights) {
      if (now < flight.until && this.#flights.size < MOST_FLIGHTS) return
      this.#flights.delete(id)
    }
  }

  /** Waits for several. */
  async wait(flights: readonly Flight[], patience: number): Promise<Landed[]> {
    this.#waiters++
    try {
      return await Promise.all(flights.map((flight) => flight.wait(patience)))
    } finally {
      this.#waiters--
    }
  }
}
