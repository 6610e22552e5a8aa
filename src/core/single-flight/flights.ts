import type { Clock } from '../../clock.ts'
import type { LookupSnapshot } from './lookup-snapshot.ts'

/** What a flight brings: the value as the store would give it, head and entry; undefined: everybody renders his own. */
export type SharedEntry = Buffer | undefined

/** A render that leads flights. */
export interface Leader {
  /** Those of others that it waits for now: until all of them have landed it goes on with nothing. */
  readonly waitsFor: ReadonlySet<Flight>
}

/** The render of one fragment by one page, which others of this process wait for. */
export class Flight {
  readonly seen: LookupSnapshot
  /** Undefined once it has landed for good. */
  #leader: Leader | undefined
  /** Most are waited for by nobody. */
  #waiters: Set<(landed: SharedEntry) => void> | undefined
  #result: (() => SharedEntry) | undefined
  #landed: SharedEntry

  /** @param result asked once, and only if somebody waits */
  land(result: () => SharedEntry): void {
    if (this.#result) return
    this.#result = result
    if (!this.#waiters) return
    const value = this.#value()
    for (const waiter of this.#waiters) waiter(value)
    this.#waiters = undefined
  }

  /** Another one of the same key, whose page has seen something else. */
  next: Flight | undefined
  /** Whether another page has found it, and waits for it now or later. */
  joined = false
  /** Whether its page is over. */
  ended = false
  /** When it is forgotten, by the process' clock, if nobody ends it. */
  until: number

  constructor(seen: LookupSnapshot, until: number, leader: Leader) {
    this.seen = seen
    this.until = until
    this.#leader = leader
  }

  /** What it has landed with, which is made once, and only if somebody asks. */
  #value(): SharedEntry {
    if (this.#result && this.#result !== nothing) {
      this.#landed = this.#result()
      this.#result = nothing
    }
    return this.#landed
  }

  /** Says whether it lands only after flights of a render, as that waits for it, or for one that does, and so on. */
  waitsFor(leader: Leader): boolean {
    const flights = new Set<Flight>([this])
    for (const flight of flights) {
      if (flight.hasLanded) continue
      if (flight.#leader === leader) return true
      for (const next of flight.#leader?.waitsFor ?? []) flights.add(next)
    }
    return false
  }

  /**
   * Its page is let go, which late ones do not need. A Map that things are put into and taken from for long leaves old tables
   * behind, and each keeps the next alive, with all that was in it, until a major collection of V8.
   */
  keepOnly(): void {
    if (this.joined) this.#value()
    this.#result = nothing
    this.#leader = undefined
  }

  get hasLanded(): boolean {
    return this.#result !== undefined
  }

  /** @param waitBudget milliseconds: a page does not wait for longer */
  wait(waitBudget: number, clock: Clock): Promise<SharedEntry> {
    if (this.#result) return Promise.resolve(this.#value())
    return new Promise((resolve) => {
      const over = (landed: SharedEntry) => {
        clock.clearTimeout(timer)
        this.#waiters?.delete(over)
        resolve(landed)
      }
      const timer = clock.setTimeout(() => over(undefined), waitBudget)
      this.#waiters ??= new Set()
      this.#waiters.add(over)
    })
  }
}

const nothing = (): SharedEntry => undefined

/** How long one is kept for late ones, in milliseconds. */
const KEPT = 1_000
/** How many are known at most. One that is forgotten costs a second render. */
const MOST_FLIGHTS = 10_000
/** Most pages of a process that wait at the same time; further pages render their own. */
const MAX_WAITERS = 10_000

/**
 * One render per fragment at a time in this process (single-flight, after Go's x/sync/singleflight). A page joins
 * another's render only where both saw the same under its key, and the same versions of its tags; and what it gets is the
 * entry that is to be stored, never the HTML of the other's visitor.
 */
export class Flights {
  /** By key, the last of each first; in the order in which they are to be forgotten, or nearly so. */
  readonly #flights = new Map<string, Flight>()
  readonly #longest: number
  readonly #clock: Clock
  #waiters = 0

  /** @param longest milliseconds after which a flight that nobody ended is forgotten */
  constructor(longest: number, clock: Clock) {
    this.#clock = clock
    this.#longest = longest
  }

  /** @returns a flight to wait for, if there is one */
  find(seen: LookupSnapshot): Flight | undefined {
    if (this.#waiters >= MAX_WAITERS) return undefined
    const now = this.#clock.now()
    for (let flight = this.#flights.get(seen.key); flight; flight = flight.next) {
      if (now >= flight.until || !flight.seen.equals(seen)) continue
      flight.joined = true
      return flight
    }
    return undefined
  }

  start(seen: LookupSnapshot, leader: Leader): Flight {
    this.#forget()
    const flight = new Flight(seen, this.#clock.now() + this.#longest, leader)
    this.#put(flight)
    return flight
  }

  #put(flight: Flight): void {
    const { key } = flight.seen
    const others = this.#flights.get(key)
    if (others) {
      const now = this.#clock.now()
      this.#flights.delete(key)
      flight.next = chained(others, ({ until }) => now < until)
    }
    this.#flights.set(key, flight)
  }

  /** @returns whether it was there */
  #remove(flight: Flight): boolean {
    const { key } = flight.seen
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
   * It is stored, or never will be. Pages of a crowd that have asked the store before may be late for it: for them it is
   * kept a little longer.
   */
  end(flight: Flight): void {
    flight.land(nothing)
    flight.keepOnly()
    if (!this.#remove(flight) || !flight.joined) return
    flight.ended = true
    flight.until = this.#clock.now() + KEPT
    this.#put(flight)
  }

  /** A key was deleted: what is under way for it is not to be joined any more, nor what is kept for late ones. */
  forgetDeleted(deleted: string): void {
    for (const [key, first] of this.#flights)
      this.#keepOf(key, first, ({ ended }) => !ended && key !== deleted)
  }

  /** Nothing that is under way is to be joined any more: all was cleared. Those who wait already go on waiting. */
  forgetAll(): void {
    this.#flights.clear()
  }

  #forget(): void {
    const now = this.#clock.now()
    for (const [key, first] of this.#flights) {
      const isRoom = this.#flights.size < MOST_FLIGHTS
      if (isRoom && now < first.until) return
      this.#keepOf(key, first, ({ until }) => isRoom && now < until)
    }
  }

  #keepOf(key: string, first: Flight, isKept: (flight: Flight) => boolean): void {
    const left = chained(first, isKept)
    if (left) this.#flights.set(key, left)
    else this.#flights.delete(key)
  }

  /** Waits for several. */
  async wait(flights: readonly Flight[], waitBudget: number): Promise<SharedEntry[]> {
    this.#waiters++
    try {
      return await Promise.all(flights.map((flight) => flight.wait(waitBudget, this.#clock)))
    } finally {
      this.#waiters--
    }
  }
}

/** Those of a chain that are kept, as a chain. */
function chained(first: Flight, isKept: (flight: Flight) => boolean): Flight | undefined {
  const kept: Flight[] = []
  for (let flight: Flight | undefined = first; flight; flight = flight.next)
    if (isKept(flight)) kept.push(flight)
  for (const [n, flight] of kept.entries()) flight.next = kept[n + 1]
  return kept[0]
}
