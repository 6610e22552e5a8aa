import type { Fragment } from '../fragment/fragment.ts'
import type { FragmentLookup } from '../lookup/fragment-lookup.ts'
import { WAITING } from '../single-flight/claims.ts'
import type { Flight, SharedEntry } from '../single-flight/flight.ts'
import type { PageFlights } from '../single-flight/page-flights.ts'

/**
 * The misses of one render that other pages, of this process or another one, are rendering already.
 */
export class JoinedFlights {
  readonly #lookup: FragmentLookup
  readonly #flights: PageFlights
  /** With the flight of a page of this process; undefined: another process renders it. */
  readonly #joined = new Map<Fragment, Flight | undefined>()

  constructor(lookup: FragmentLookup, flights: PageFlights) {
    this.#lookup = lookup
    this.#flights = flights
  }

  get size(): number {
    return this.#joined.size
  }

  /**
   * Leaves misses to those who render them already.
   * @returns the fragments that are left to this page
   */
  async leave(wave: readonly Fragment[]): Promise<readonly Fragment[]> {
    const missed = wave.filter(({ filled }) => !filled)
    if (missed.length === 0) return this.#withoutJoined(wave)
    const alone = missed.filter((fragment) => {
      const flight = this.#flights.join(fragment)
      if (flight) this.#joined.set(fragment, flight)
      return flight === undefined
    })
    for (const fragment of await this.#flights.claim(alone)) this.#joined.set(fragment, undefined)
    return this.#withoutJoined(wave)
  }

  #withoutJoined(wave: readonly Fragment[]): readonly Fragment[] {
    return this.#joined.size === 0 ? wave : wave.filter((fragment) => !this.#joined.has(fragment))
  }

  /**
   * Waits for what others render, and takes their entries.
   * @returns the fragments that were waited for: those that are still misses are left to this page
   */
  async wait(): Promise<readonly Fragment[]> {
    const missed = [...this.#joined].filter(([{ filled }]) => !filled)
    this.#joined.clear()
    // First those that may wait for this page, which are not waited for long.
    const crossed = new Set(this.#flights.againstOrder(missed.map(([fragment]) => fragment)))
    const open = crossed.size > 0 ? missed.filter(([fragment]) => crossed.has(fragment)) : missed
    if (crossed.size > 0) {
      for (const [fragment, flight] of missed) if (!crossed.has(fragment)) this.#joined.set(fragment, flight)
    }
    const span = this.#lookup.trace?.begin('wait', open.map(([{ title }]) => title).join(', '))
    const here = open.filter(([, flight]) => flight !== undefined) as [Fragment, Flight][]
    const elsewhere = open.flatMap(([fragment, flight]) => (flight ? [] : [fragment]))
    const [shared, stored] = await this.#flights.wait(
      here.map(([, flight]) => flight),
      elsewhere,
      crossed.size > 0,
    )
    const fragments = here.map(([fragment]) => fragment)
    const entries: SharedEntry[] = [...shared]
    for (const [n, fragment] of elsewhere.entries()) {
      const value = stored[n]
      // What this page has to do itself comes first.
      if (value === WAITING) this.#joined.set(fragment, undefined)
      else {
        fragments.push(fragment)
        entries.push(value)
      }
    }
    span?.finish()
    await this.#lookup.adopt(fragments, entries)
    return fragments
  }
}
