import type { Clock } from '../../clock.ts'
import { within } from '../store-access/deadline.ts'
import type { LookupSnapshot } from './lookup-snapshot.ts'

/** Bytes as the store would return them: stamp and entry. Undefined: each page renders its own. */
export type SharedEntry = Buffer | undefined

/** A render that leads flights. */
export interface Leader {
  /** The flights of others that it waits for now. It does nothing else until all are resolved. */
  readonly waitsFor: ReadonlySet<Flight>
}

const nothing = (): SharedEntry => undefined

/** The render of one fragment by one page, which other pages of this process wait for. */
export class Flight {
  readonly snapshot: LookupSnapshot
  /** Another flight of the same key, whose page has seen something else. */
  next: Flight | undefined
  /** Another page has found it, and waits for it now or later. */
  joined = false
  /** Its page is over. */
  ended = false
  /** When it is dropped if its page does not end it, by the process' clock. */
  expires: number
  /** Undefined once its page is over. */
  #leader: Leader | undefined
  /** Settles when there is a result; created for the first page that waits. */
  #waiting: Promise<SharedEntry> | undefined
  #settle: ((entry: SharedEntry) => void) | undefined
  #result: (() => SharedEntry) | undefined
  #entry: SharedEntry

  constructor(snapshot: LookupSnapshot, expires: number, leader: Leader) {
    this.snapshot = snapshot
    this.expires = expires
    this.#leader = leader
  }

  get isResolved(): boolean {
    return this.#result !== undefined
  }

  /** @param result called at most once, and only if a page waits */
  resolve(result: () => SharedEntry): void {
    if (this.#result) return
    this.#result = result
    this.#settle?.(this.#value())
  }

  #value(): SharedEntry {
    if (this.#result && this.#result !== nothing) {
      this.#entry = this.#result()
      this.#result = nothing
    }
    return this.#entry
  }

  /** Waits for the entry, `limit` ms at most. */
  wait(limit: number, clock: Clock): Promise<SharedEntry> {
    if (this.#result) return Promise.resolve(this.#value())
    this.#waiting ??= new Promise((resolve) => {
      this.#settle = resolve
    })
    return within(limit, this.#waiting, () => undefined, clock)
  }

  /** Returns true if it waits for a flight of a render, directly or by way of other flights. */
  waitsFor(leader: Leader): boolean {
    const flights = new Set<Flight>([this])
    for (const flight of flights) {
      if (flight.isResolved) continue
      if (flight.#leader === leader) return true
      for (const next of flight.#leader?.waitsFor ?? []) flights.add(next)
    }
    return false
  }

  /**
   * Releases its page, which late pages do not need. A long-lived Map leaves old tables behind, and
   * each keeps the next alive, with all that was in it, until a major collection of V8.
   */
  release(): void {
    this.resolve(nothing)
    if (this.joined) this.#value()
    this.#result = nothing
    this.#leader = undefined
  }
}
