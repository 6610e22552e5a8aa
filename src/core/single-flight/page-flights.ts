import type { Fragment } from '../fragment/fragment.ts'
import { Completeness } from '../fragment/page-node.ts'
import type { PageContext } from '../page-context.ts'
import type { LeakCheck } from '../safety/leak-check.ts'
import type { Services } from '../services.ts'
import { keyChangedSince, tagsChangedSince } from '../tags/changed-since.ts'
import type { WAITING } from './claims.ts'
import type { Flight, Leader, SharedEntry } from './flight.ts'
import { FlightEntries } from './flight-entries.ts'
import { LookupSnapshot } from './lookup-snapshot.ts'
import { LedFragment, PageClaims } from './page-claims.ts'

/** How long a page waits for what may wait for this page. */
const MUTUAL_WAIT_MS = 50

/**
 * The flights that one render leads, and those that it joins. What it leads is given to others once
 * it is complete, and ended when it is stored.
 */
export class PageFlights implements Leader {
  readonly waitsFor = new Set<Flight>()
  readonly #context: PageContext
  readonly #check: LeakCheck
  readonly #services: Services
  readonly #led = new Map<Fragment, LedFragment>()
  /** Created with the first flight that it leads: hits have none. */
  #entries: FlightEntries | undefined
  /** Undefined unless fragments are claimed among all processes. */
  #claims: PageClaims | undefined

  constructor(context: PageContext, check: LeakCheck, services: Services) {
    this.#context = context
    this.#check = check
    this.#services = services
  }

  /**
   * Joins a flight for a fragment that was missed, or leads one.
   * @returns the flight to wait for; undefined: the page renders the fragment
   */
  join(fragment: Fragment): Flight | undefined {
    const { flights } = this.#services
    if (!flights || this.#context.bypass !== false || this.#led.has(fragment)) return undefined
    const snapshot = LookupSnapshot.of(fragment, this.#context.versions)
    if (!snapshot) return undefined
    const known = flights.find(snapshot)
    if (known) {
      this.#context.waits++
      return known
    }
    if (this.#mayLead(fragment))
      this.#lead(fragment, new LedFragment(snapshot, flights.start(snapshot, this)))
    return undefined
  }

  #lead(fragment: Fragment, led: LedFragment): void {
    this.#led.set(fragment, led)
    if (this.#entries) return
    const { claims, options } = this.#services
    this.#entries = new FlightEntries(this.#context, this.#check, this.#services)
    if (options.singleFlight === 'store' && claims)
      this.#claims = new PageClaims(claims, this.#led, this.#entries, this.#context, this.#services)
  }

  /** Returns true if what this page renders of it may be stored, as far as is known before. */
  #mayLead({ stamp, tags }: Fragment): boolean {
    const { store, clears } = this.#services
    const start = store.at(this.#context.startedAt)
    if (Number.isNaN(start) || !this.#context.mayStore()) return false
    const changed =
      keyChangedSince(start, stamp as Buffer | null, clears) ??
      tagsChangedSince(start, tags, this.#context.versions)
    return changed === undefined
  }

  /** Claims what this page leads. @returns those that another process renders */
  async claim(missed: readonly Fragment[]): Promise<readonly Fragment[]> {
    const others = (await this.#claims?.claim(missed)) ?? []
    this.#context.waits += others.length
    return others
  }

  /** See {@link PageClaims.againstOrder}. */
  againstOrder(joined: readonly Fragment[]): readonly Fragment[] {
    return this.#claims?.againstOrder(joined) ?? []
  }

  /**
   * Waits for what others render, within the page's wait budget. What is complete is given to
   * others before, or they would wait for this page, and it for them.
   * @param flights of other pages of this process
   * @param claimed by other processes
   * @param brief whether they may wait for this page
   */
  async wait(
    flights: readonly Flight[],
    claimed: readonly Fragment[],
    brief: boolean,
  ): Promise<[SharedEntry[], (SharedEntry | typeof WAITING)[]]> {
    this.resolveComplete()
    this.#claims?.storeComplete()
    const safe = flights.filter((flight) => !flight.waitsFor(this))
    for (const flight of safe) this.waitsFor.add(flight)
    try {
      return await this.#context.waitBudget.during(async (left) => {
        const limit = brief ? Math.min(left, MUTUAL_WAIT_MS) : left
        const [shared, stored] = await Promise.all([
          safe.length > 0 ? (this.#services.flights?.wait(safe, limit) ?? []) : [],
          this.#claims?.wait(claimed, limit) ?? [],
        ])
        return [flights.map((flight) => shared[safe.indexOf(flight)]), stored]
      })
    } finally {
      for (const flight of safe) this.waitsFor.delete(flight)
    }
  }

  /**
   * Gives what is complete to those who wait, before this page waits for what its bodies load.
   * Other processes find it in the store if that takes long.
   */
  beforeLoad(): void {
    this.resolveComplete()
    this.#claims?.storeSoon()
  }

  /** Gives what is complete to those who wait. To be called before this page waits for others. */
  resolveComplete(): void {
    const entries = this.#entries
    if (!entries) return
    const completeness = new Completeness()
    for (const [fragment, { flight }] of this.#led) {
      if (!flight.isResolved && completeness.of(fragment)) flight.resolve(() => entries.of(fragment))
    }
  }

  /** Resolves when what was stored before the end of the page is; undefined if nothing was. */
  stored(): Promise<void> | undefined {
    return this.#claims?.stored()
  }

  /** Ends what this page leads: it is stored, or is not going to be. */
  end(): void {
    if (this.#led.size === 0) return
    const { flights } = this.#services
    for (const { flight } of this.#led.values()) flights?.end(flight)
    this.#claims?.end()
    this.#led.clear()
  }
}
