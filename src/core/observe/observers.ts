import type { Clock } from '../../clock.ts'
import { OptionError } from '../../errors.ts'
import { isPlainObject, show } from '../../options/show.ts'
import type { Events } from '../events.ts'
import type { CacheObserver, ObservedPage, ObservedTrip } from './cache-observer.ts'

type Call<T> = (observed: T) => unknown

/** Methods of an observer. */
const METHODS = ['page', 'trip', 'event'] as const satisfies readonly (keyof CacheObserver)[]

/** The observers of a cache. Where none is for pages, or for trips, these are not measured. */
export class Observers {
  readonly #events: Events
  readonly #clock: Clock
  // Replaced, never changed: an observer may unsubscribe while it is called.
  #pages: readonly Call<ObservedPage>[] = []
  #trips: readonly Call<ObservedTrip>[] = []

  constructor(events: Events, clock: Clock) {
    this.#events = events
    this.#clock = clock
  }

  /** Returns true if there is an observer for pages. */
  get seePages(): boolean {
    return this.#pages.length > 0
  }

  /** Returns true if there is an observer for round trips. */
  get seeTrips(): boolean {
    return this.#trips.length > 0
  }

  /**
   * Adds an observer, with the methods that it has now.
   * @returns a function that removes it
   * @throws OptionError if it has none
   */
  add(observer: CacheObserver): () => void {
    refuseWrong(observer)
    // Functions of its own for each call, so that one observer may be added twice.
    const page: Call<ObservedPage> | undefined = observer.page && bound(observer.page, observer)
    const trip: Call<ObservedTrip> | undefined = observer.trip && bound(observer.trip, observer)
    if (page) this.#pages = [...this.#pages, page]
    if (trip) this.#trips = [...this.#trips, trip]
    const unsubscribe = observer.event && this.#events.subscribeToRare(bound(observer.event, observer))
    return () => {
      this.#pages = this.#pages.filter((call) => call !== page)
      this.#trips = this.#trips.filter((call) => call !== trip)
      unsubscribe?.()
    }
  }

  page(page: ObservedPage): void {
    for (const call of this.#pages) callSafely(call, page)
  }

  /** Reports a round trip that began at a time of the clock, and ends now. */
  trip(kind: ObservedTrip['kind'], keys: number, begun: number, failed: boolean): void {
    const trip = { kind, duration: this.#clock.now() - begun, keys, failed }
    for (const call of this.#trips) callSafely(call, trip)
  }

  /** Makes a round trip, and measures it if there is an observer for them. */
  measured<T>(kind: ObservedTrip['kind'], keys: number, send: () => Promise<T>): Promise<T> {
    return this.seeTrips ? this.#measure(kind, keys, send) : send()
  }

  async #measure<T>(kind: ObservedTrip['kind'], keys: number, send: () => Promise<T>): Promise<T> {
    const begun = this.#clock.now()
    let failed = true
    try {
      const answer = await send()
      failed = Array.isArray(answer) && answer.some((one) => one instanceof Error)
      return answer
    } finally {
      this.trip(kind, keys, begun, failed)
    }
  }
}

function bound<T>(method: (observed: T) => void, observer: CacheObserver): Call<T> {
  return (observed) => method.call(observer, observed)
}

/** Calls an observer, whose errors are its own to handle. */
function callSafely<T>(call: Call<T>, observed: T): void {
  try {
    const result = call(observed)
    if (result instanceof Promise) result.catch(() => {})
  } catch {
    // The page is served all the same.
  }
}

/** @throws OptionError */
function refuseWrong(observer: unknown): void {
  const example = 'cache.observe({ page(page) { ... } })'
  if (typeof observer !== 'object' || observer === null)
    throw new OptionError(`The observer of observe() must be an object, ${example}, not ${show(observer)}.`)
  const methods = observer as Readonly<Record<string, unknown>>
  for (const name of METHODS) {
    if (methods[name] !== undefined && typeof methods[name] !== 'function')
      throw new OptionError(`The member ${name} of the observer is not a function: ${show(methods[name])}.`)
  }
  if (METHODS.some((name) => methods[name] !== undefined)) return
  const has = isPlainObject(observer) ? `, it has ${Object.keys(observer).join(', ') || 'none'}` : ''
  throw new OptionError(`The observer of observe() must have a method page, trip or event${has}: ${example}.`)
}
