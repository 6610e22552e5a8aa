import type { Seen } from './seen.ts'

/** What a flight brings: the value as the store would give it, head and entry; undefined: everybody renders his own. */
export type Landed = Buffer | undefined

/** The render of one fragment by one page, which others of this process wait for. */
export class Flight {
  readonly seen: Seen
  /** Most are waited for by nobody. */
  #waiters: Set<(landed: Landed) => void> | undefined
  #result: (() => Landed) | undefined

  /** @param result asked once, and only if somebody waits */
  land(result: () => Landed): void {
    if (this.#result) return
    let landed: { readonly value: Landed } | undefined
    this.#result = () => {
      landed ??= { value: result() }
      return landed.value
    }
    if (!this.#waiters) return
    const value = this.#result()
    for (const waiter of this.#waiters) waiter(value)
    this.#waiters = undefined
  }

  /** Whether another page has found it, and waits for it now or later. */
  joined = false
  /** Whether its page is over. */
  ended = false
  /** When it is forgotten, by `performance.now()`, if nobody ends it. */
  until: number

  constructor(seen: Seen, until: number) {
    this.seen = seen
    this.until = until
  }

  /**
   * Its page is let go, which late ones do not need. A Map that things are put into and taken from for long leaves old tables
   * behind, and each keeps the next alive, with all that was in it, until a major collection of V8.
   */
  keepOnly(): void {
    const value = this.joined ? this.#result?.() : undefined
    this.#result = () => value
  }

  get hasLanded(): boolean {
    return this.#result !== undefined
  }

  /** @param patience milliseconds: a page does not wait for longer */
  wait(patience: number): Promise<Landed> {
    if (this.#result) return Promise.resolve(this.#result())
    return new Promise((resolve) => {
      const over = (landed: Landed) => {
        clearTimeout(timer)
        this.#waiters?.delete(over)
        resolve(landed)
      }
      const timer = setTimeout(over, patience, undefined)
      this.#waiters ??= new Set()
      this.#waiters.add(over)
    })
  }
}

const nothing = (): Landed => undefined

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
  /** By key, the last of each; in the order in which they are to be forgotten, or nearly so. */
  readonly #flights = new Map<string, Flight>()
  readonly #longest: number
  readonly #mostWaiters: number
  #waiters = 0

  /** @param longest milliseconds after which a flight that nobody ended is forgotten */
  constructor(longest: number, mostWaiters: number) {
    this.#longest = longest
    this.#mostWaiters = mostWaiters
  }

  /** @returns a flight to wait for, if there is one */
  find(seen: Seen): Flight | undefined {
    const flight = this.#waiters < this.#mostWaiters ? this.#flights.get(seen.key) : undefined
    if (!flight || performance.now() >= flight.until || !flight.seen.equals(seen)) return undefined
    flight.joined = true
    return flight
  }

  start(seen: Seen): Flight {
    this.#forget()
    const flight = new Flight(seen, performance.now() + this.#longest)
    this.#flights.delete(seen.key)
    this.#flights.set(seen.key, flight)
    return flight
  }

  /**
   * It is stored, or never will be. Pages of a crowd that have asked the store before may be late for it: for them it is
   * kept a little longer.
   */
  end(flight: Flight): void {
    const { key } = flight.seen
    flight.land(nothing)
    flight.keepOnly()
    if (this.#flights.get(key) !== flight) return
    this.#flights.delete(key)
    if (!flight.joined) return
    flight.ended = true
    flight.until = performance.now() + KEPT
    this.#flights.set(key, flight)
  }

  /** What is kept for late ones is not to be joined any more: something was deleted. */
  forgetEnded(): void {
    for (const [key, { ended }] of this.#flights) if (ended) this.#flights.delete(key)
  }

  #forget(): void {
    const now = performance.now()
    for (const [key, flight] of this.#flights) {
      if (now < flight.until && this.#flights.size < MOST_FLIGHTS) return
      this.#flights.delete(key)
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
