import type { Clock } from '../../clock.ts'
import { Flight, type Leader, type SharedEntry } from './flight.ts'
import type { LookupSnapshot } from './lookup-snapshot.ts'

/** How long an ended flight is kept for pages that have read the store before, in ms. */
const KEPT_MS = 1_000
/** Most flights at a time. One that is dropped costs a second render. */
const MAX_FLIGHTS = 10_000
/** Most pages of a process that wait at the same time; further pages render their own. */
const MAX_WAITERS = 10_000

/**
 * One render per fragment at a time in this process (single-flight, as Go's x/sync/singleflight). A
 * page joins another page's render only if both have seen the same under its key, and the same
 * versions of its tags. It is given the entry to be stored, never the HTML of another visitor.
 */
export class Flights {
  /** By key, the newest of each first; roughly in the order in which they expire. */
  readonly #flights = new Map<string, Flight>()
  readonly #longest: number
  readonly #clock: Clock
  #waiters = 0

  /** @param longest time after which a flight that was not ended is dropped, in ms */
  constructor(longest: number, clock: Clock) {
    this.#clock = clock
    this.#longest = longest
  }

  /** Returns a flight to wait for; undefined if there is none. */
  find(snapshot: LookupSnapshot): Flight | undefined {
    if (this.#waiters >= MAX_WAITERS) return undefined
    const now = this.#clock.now()
    for (let flight = this.#flights.get(snapshot.key); flight; flight = flight.next) {
      if (now >= flight.expires || !flight.snapshot.equals(snapshot)) continue
      flight.joined = true
      return flight
    }
    return undefined
  }

  start(snapshot: LookupSnapshot, leader: Leader): Flight {
    this.#dropExpired()
    const flight = new Flight(snapshot, this.#clock.now() + this.#longest, leader)
    this.#put(flight)
    return flight
  }

  #put(flight: Flight): void {
    const { key } = flight.snapshot
    const others = this.#flights.get(key)
    if (others) {
      const now = this.#clock.now()
      this.#flights.delete(key)
      flight.next = chained(others, ({ expires }) => now < expires)
    }
    this.#flights.set(key, flight)
  }

  /** @returns true if it was there */
  #remove(flight: Flight): boolean {
    const { key } = flight.snapshot
    const first = this.#flights.get(key)
    if (first === flight) {
      if (flight.next) this.#flights.set(key, flight.next)
      else this.#flights.delete(key)
    } else {
      let before = first
      while (before && before.next !== flight) before = before.next
      if (!before) return false
      before.next = flight.next
    }
    flight.next = undefined
    return true
  }

  /**
   * Ends a flight whose entry is stored, or never will be. It is kept a little longer for pages of
   * a crowd that have read the store before.
   */
  end(flight: Flight): void {
    flight.release()
    if (!this.#remove(flight) || !flight.joined) return
    flight.ended = true
    flight.expires = this.#clock.now() + KEPT_MS
    this.#put(flight)
  }

  /** Drops the flights of a deleted key, and all that are kept for late pages. */
  dropDeleted(deleted: string): void {
    for (const [key, first] of this.#flights)
      this.#keepOf(key, first, ({ ended }) => !ended && key !== deleted)
  }

  /** Drops all flights: no page joins them from now on. Pages that wait go on waiting. */
  dropAll(): void {
    this.#flights.clear()
  }

  #dropExpired(): void {
    const now = this.#clock.now()
    for (const [key, first] of this.#flights) {
      const isRoom = this.#flights.size < MAX_FLIGHTS
      if (isRoom && now < first.expires) return
      this.#keepOf(key, first, ({ expires }) => isRoom && now < expires)
    }
  }

  #keepOf(key: string, first: Flight, isKept: (flight: Flight) => boolean): void {
    const left = chained(first, isKept)
    if (left) this.#flights.set(key, left)
    else this.#flights.delete(key)
  }

  /** Waits for several flights, `waitBudget` ms at most. */
  async wait(flights: readonly Flight[], waitBudget: number): Promise<SharedEntry[]> {
    this.#waiters++
    try {
      return await Promise.all(flights.map((flight) => flight.wait(waitBudget, this.#clock)))
    } finally {
      this.#waiters--
    }
  }
}

/** Returns those of a chain that are kept, as a chain. */
function chained(first: Flight, isKept: (flight: Flight) => boolean): Flight | undefined {
  const kept: Flight[] = []
  for (let flight: Flight | undefined = first; flight; flight = flight.next)
    if (isKept(flight)) kept.push(flight)
  for (const [n, flight] of kept.entries()) flight.next = kept[n + 1]
  return kept[0]
}
