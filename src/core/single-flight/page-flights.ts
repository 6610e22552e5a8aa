import type { Timer } from '../../clock.ts'
import { makeStamp, STAMP_RANDOM_LENGTH } from '../../stores/store.ts'
import type { Fragment } from '../fragment/fragment.ts'
import { Completeness } from '../fragment/page-node.ts'
import type { Vary } from '../key/vary.ts'
import type { Bypass } from '../options/cache-options.ts'
import type { LeakCheck } from '../safety/leak-check.ts'
import { LeakScan } from '../safety/leak-scan.ts'
import type { Services } from '../services.ts'
import type { TripCounter } from '../store-access/trip-counter.ts'
import { keyChangedSince, tagsChangedSince } from '../tags/changed-since.ts'
import type { ReadContext } from '../tags/read-keys.ts'
import type { PreloadScopeState } from '../values/preload-scope.ts'
import { prepareEntry } from '../write-back/prepare-entry.ts'
import { writeBack } from '../write-back/write-back.ts'
import type { Claim, WAITING } from './claims.ts'
import type { Flight, Leader, SharedEntry } from './flights.ts'
import { LookupSnapshot } from './lookup-snapshot.ts'
import type { WaitBudget } from './wait-budget.ts'

/** After how many milliseconds of waiting what is complete is stored for other processes. */
const EARLY_WRITE_DELAY_MS = 50

/** How long a page waits for what may wait for this page, in milliseconds. */
const MUTUAL_WAIT_MS = 50

/** What a page's fragments are shared by. */
export interface PageContext extends ReadContext {
  readonly bypass: Bypass
  readonly trips: TripCounter
  /** What is read ahead for the page, once somebody has asked for that. */
  ahead: PreloadScopeState | undefined
  /** The framework's request, for `detectLeaks`. */
  readonly request: unknown
  /** When the page's data began to be loaded, by the process' clock. */
  readonly startedAt: number
  /** What it differs by, which must be as it was when the keys were made. */
  readonly vary: Vary
  /** How long it waits for others' renders, all its waits together. */
  readonly waitBudget: WaitBudget
  /** Whether what the page renders may be stored, as its method and its status are now. */
  readonly mayStore: () => boolean
}

/** A fragment that this page leads others to: it renders it, or waits for another process that does. */
class LedFragment implements Claim {
  readonly snapshot: LookupSnapshot
  readonly flight: Flight
  /** Whether it asked the other processes, and is the one. */
  claimed = false

  constructor(seen: LookupSnapshot, flight: Flight) {
    this.snapshot = seen
    this.flight = flight
  }

  get key(): string {
    return this.snapshot.key
  }

  get id(): string {
    return this.snapshot.id
  }

  get stamp(): Buffer | null {
    return this.snapshot.stamp
  }
}

/**
 * The flights of one render: those that it leads, and those that it joins. What it leads is given to others once it is
 * complete, and ended when it is stored.
 */
export class PageFlights implements Leader {
  readonly waitsFor = new Set<Flight>()
  readonly #context: PageContext
  readonly #check: LeakCheck
  readonly #services: Services
  readonly #led = new Map<Fragment, LedFragment>()
  readonly #beingStored = new Set<Fragment>()
  #storing: Promise<unknown> | undefined
  #early: Timer | undefined
  #leakScan: LeakScan | undefined

  constructor(context: PageContext, check: LeakCheck, services: Services) {
    this.#context = context
    this.#check = check
    this.#services = services
  }

  /**
   * Takes a fragment that was missed on board.
   * @returns the flight to wait for; undefined: the page renders it
   */
  join(fragment: Fragment): Flight | undefined {
    const { flights } = this.#services
    if (!flights || this.#context.bypass !== false || this.#led.has(fragment)) return undefined
    const seen = LookupSnapshot.of(fragment, this.#context.versions)
    if (!seen) return undefined
    const known = flights.find(seen)
    if (known) return known
    if (this.#mayLead(fragment)) this.#led.set(fragment, new LedFragment(seen, flights.start(seen, this)))
    return undefined
  }

  /**
   * Claims what this page leads among all processes, in one trip, where they are asked.
   * @returns those that another process renders
   */
  async claim(missed: readonly Fragment[]): Promise<readonly Fragment[]> {
    const { claims, options } = this.#services
    if (options.singleFlight !== 'store' || !claims) return []
    const asked = missed.filter((fragment) => this.#led.get(fragment)?.claimed === false)
    if (asked.length === 0) return []
    const leds = asked.map((fragment) => this.#led.get(fragment) as LedFragment)
    const ours = await claims.claim(leds, this.#context.deadline)
    for (const [n, led] of leds.entries()) led.claimed = ours[n] as boolean
    return asked.filter((_, n) => !ours[n])
  }

  /**
   * Returns those of the fragments that others render for which another page, in any process, may be waiting while it
   * waits for this one. Pages wait for keys in one order only: a ring of waits would have to go against it once.
   * @param joined all that others render
   */
  againstOrder(joined: readonly Fragment[]): readonly Fragment[] {
    if (this.#services.options.singleFlight !== 'store') return []
    let last = ''
    for (const [fragment, led] of this.#led)
      if (fragment.key > last && !joined.includes(fragment) && !this.#isGiven(fragment, led))
        last = fragment.key
    return joined.filter(({ key }) => key < last)
  }

  /** Says whether others have what this page leads, or are about to find it in the store. */
  #isGiven(fragment: Fragment, { flight, claimed }: LedFragment): boolean {
    return flight.hasLanded && (!claimed || this.#beingStored.has(fragment))
  }

  /**
   * Waits for what others render, as long as this page has patience. What is complete is given to others before, or they
   * would wait for this page, and it for them.
   * @param flights of other pages of this process
   * @param claimed by other processes
   * @param brief whether they may wait for this page
   */
  async wait(
    flights: readonly Flight[],
    claimed: readonly Fragment[],
    brief: boolean,
  ): Promise<[SharedEntry[], (SharedEntry | typeof WAITING)[]]> {
    this.land()
    this.storeComplete()
    const safe = flights.filter((flight) => !flight.waitsFor(this))
    for (const flight of safe) this.waitsFor.add(flight)
    try {
      return await this.#context.waitBudget.during(async (left) => {
        const limit = brief ? Math.min(left, MUTUAL_WAIT_MS) : left
        const [landed, stored] = await Promise.all([
          safe.length > 0 ? (this.#services.flights?.wait(safe, limit) ?? []) : [],
          this.#waitForStore(claimed, limit),
        ])
        return [flights.map((flight) => landed[safe.indexOf(flight)]), stored]
      })
    } finally {
      for (const flight of safe) this.waitsFor.delete(flight)
    }
  }

  async #waitForStore(
    fragments: readonly Fragment[],
    waitBudget: number,
  ): Promise<(SharedEntry | typeof WAITING)[]> {
    const { claims } = this.#services
    if (fragments.length === 0 || !claims) return []
    const leds = fragments.map((fragment) => this.#led.get(fragment) as LedFragment)
    // Each at once: other pages of this process wait for it, and this one may wait for more.
    const landed = await claims.wait(leds, waitBudget, ({ flight }, value) => flight.land(() => value))
    // It is ours now, or nobody's: this page renders it.
    for (const [n, led] of leds.entries()) if (landed[n] === undefined) led.claimed = true
    return landed
  }

  /**
   * Stores what this page has claimed and rendered, where it is to wait: other processes wait for that. Nobody waits for the
   * write: who waits for what it stores looks again and again.
   */
  storeComplete(): void {
    const { claims, options } = this.#services
    if (options.singleFlight !== 'store' || !claims || !this.#context.mayStore()) return
    const complete = [...this.#led]
      .filter(([one, { claimed }]) => claimed && one.complete && !this.#beingStored.has(one))
      .map(([fragment]) => fragment)
    if (complete.length === 0) return
    this.#context.vary.refuseChanged()
    this.#check.look(complete)
    this.#check.mark(complete)
    for (const fragment of complete) this.#beingStored.add(fragment)
    const storing = writeBack(complete, this.#context, this.#services).then(() => this.#release(complete))
    this.#storing = Promise.all([this.#storing, storing])
  }

  /** Gives claims back: whoever waits for one that was not stored renders its own. */
  async #release(fragments: readonly Fragment[]): Promise<void> {
    const claimed = new Map<Claim, Fragment>()
    for (const fragment of fragments) {
      const led = this.#led.get(fragment)
      if (led?.claimed) claimed.set(led, fragment)
    }
    if (claimed.size === 0) return
    await this.#services.claims?.release([...claimed.keys()], (claim) => claimed.get(claim)?.stored === true)
  }

  /** Resolves when what was stored before the end of the page is. */
  async stored(): Promise<void> {
    await this.#storing
  }

  /**
   * The page is going to wait for what its bodies load: what is complete is given to those who wait for it. Other processes
   * find it in the store where that takes long.
   */
  beforeWait(): void {
    this.land()
    if (this.#services.options.singleFlight !== 'store' || this.#led.size === 0) return
    this.#early ??= this.#services.time
      .setTimeout(() => {
        this.#early = undefined
        try {
          this.storeComplete()
        } catch {
          // The page fails by that itself.
        }
      }, EARLY_WRITE_DELAY_MS)
      .unref()
  }

  /** Gives what is complete to those who wait. To be called before this page waits for others, or they may wait for it. */
  land(): void {
    const completeness = new Completeness()
    for (const [fragment, { flight }] of this.#led) {
      if (!flight.hasLanded && completeness.of(fragment)) flight.land(() => this.#formOf(fragment))
    }
  }

  /** The page is stored, or failed, or is not to be stored. */
  end(): void {
    const { flights, time } = this.#services
    time.clearTimeout(this.#early)
    for (const { flight } of this.#led.values()) flights?.end(flight)
    void this.#release([...this.#led.keys()])
    this.#led.clear()
  }

  /** Whether what this page renders of it may be stored, as far as is known before. */
  #mayLead({ stamp, tags }: Fragment): boolean {
    const { store, clears } = this.#services
    const start = store.at(this.#context.startedAt)
    if (Number.isNaN(start) || !this.#context.mayStore()) return false
    const changed =
      keyChangedSince(start, stamp as Buffer | null, clears) ??
      tagsChangedSince(start, tags, this.#context.versions)
    return changed === undefined
  }

  /** What the store will be given, if it will. */
  #formOf(fragment: Fragment): SharedEntry {
    const { store, options, signer } = this.#services
    try {
      if (fragment.stale || !this.#context.mayStore()) return undefined
      this.#context.vary.refuseChanged()
      this.#check.look([fragment])
      this.#check.mark([fragment])
      if (fragment.leak) return undefined
      if (options.detectLeaks) {
        this.#leakScan ??= new LeakScan(options, this.#context.request)
        if (this.#leakScan.search(fragment)) return undefined
      }
      const now = store.now()
      const form = prepareEntry(
        fragment,
        this.#context.versions,
        store.at(this.#context.startedAt),
        now,
        this.#services,
      )
      if (typeof form === 'string') return undefined
      const value = signer ? signer.sign(fragment.key, form.entry, now) : form.entry
      return Buffer.concat([makeStamp(now, NO_RANDOM, 'entry'), value])
    } catch {
      // A leak, or a check that failed: nothing is known to be safe.
      return undefined
    }
  }
}

/** What lands is never compared with what is stored. */
const NO_RANDOM = Buffer.alloc(STAMP_RANDOM_LENGTH)
