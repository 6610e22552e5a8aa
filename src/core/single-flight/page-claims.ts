import type { Timer } from '../../clock.ts'
import type { Fragment } from '../fragment/fragment.ts'
import type { PageContext } from '../page-context.ts'
import type { Services } from '../services.ts'
import { writeBack } from '../write-back/write-back.ts'
import type { Claim, Claims, WAITING } from './claims.ts'
import type { Flight, SharedEntry } from './flight.ts'
import type { FlightEntries } from './flight-entries.ts'
import type { LookupSnapshot } from './lookup-snapshot.ts'

/** How long a render waits before finished fragments are written for other processes. */
const EARLY_WRITE_DELAY_MS = 50

/** A fragment that a page renders for others, or for which it waits for another process. */
export class LedFragment implements Claim {
  readonly snapshot: LookupSnapshot
  readonly flight: Flight
  /** The other processes were asked, and this one renders it. */
  claimed = false

  constructor(snapshot: LookupSnapshot, flight: Flight) {
    this.snapshot = snapshot
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

/** Claims of one render among all processes (`singleFlight: 'store'`). */
export class PageClaims {
  readonly #claims: Claims
  readonly #led: ReadonlyMap<Fragment, LedFragment>
  readonly #entries: FlightEntries
  readonly #context: PageContext
  readonly #services: Services
  readonly #beingStored = new Set<Fragment>()
  #storing: Promise<unknown> | undefined
  #early: Timer | undefined

  /** @param led the fragments that the render leads in this process */
  constructor(
    claims: Claims,
    led: ReadonlyMap<Fragment, LedFragment>,
    entries: FlightEntries,
    context: PageContext,
    services: Services,
  ) {
    this.#claims = claims
    this.#led = led
    this.#entries = entries
    this.#context = context
    this.#services = services
  }

  /** Claims what the render leads, in one trip. @returns those that another process renders */
  async claim(missed: readonly Fragment[]): Promise<readonly Fragment[]> {
    const asked = missed.filter((fragment) => this.#led.get(fragment)?.claimed === false)
    if (asked.length === 0) return []
    const leds = this.#ledOf(asked)
    const ours = await this.#claims.claim(leds, this.#context.deadline)
    for (const [n, led] of leds.entries()) led.claimed = ours[n] as boolean
    return asked.filter((_, n) => !ours[n])
  }

  #ledOf(fragments: readonly Fragment[]): LedFragment[] {
    return fragments.map((fragment) => this.#led.get(fragment) as LedFragment)
  }

  /**
   * Returns those of the fragments for which another page, in any process, may be waiting while it
   * waits for this one. Pages wait for keys in one order only: a ring of waits would have to go
   * against it once.
   * @param joined all fragments that others render
   */
  againstOrder(joined: readonly Fragment[]): readonly Fragment[] {
    let last = ''
    for (const [fragment, led] of this.#led)
      if (fragment.key > last && !joined.includes(fragment) && !this.#isGiven(fragment, led))
        last = fragment.key
    return joined.filter(({ key }) => key < last)
  }

  /** Returns true if others have it, or are about to find it in the store. */
  #isGiven(fragment: Fragment, { flight, claimed }: LedFragment): boolean {
    return flight.isResolved && (!claimed || this.#beingStored.has(fragment))
  }

  /** Waits for what other processes render, `limit` ms at most. */
  async wait(fragments: readonly Fragment[], limit: number): Promise<(SharedEntry | typeof WAITING)[]> {
    if (fragments.length === 0) return []
    const leds = this.#ledOf(fragments)
    // Each at once: other pages of this process wait for it, and this one may wait for more.
    const found = await this.#claims.wait(leds, limit, ({ flight }, value) => flight.resolve(() => value))
    // What was not found is this page's to render.
    for (const [n, led] of leds.entries()) if (found[n] === undefined) led.claimed = true
    return found
  }

  /**
   * Stores what the render has claimed and completed, before it waits: other processes wait for it.
   * Does not wait for the write itself.
   * @throws LeakError, KeyPartError
   */
  storeComplete(): void {
    if (!this.#context.mayStore()) return
    const complete = [...this.#led].flatMap(([fragment, { claimed }]) =>
      claimed && fragment.complete && !this.#beingStored.has(fragment) ? [fragment] : [],
    )
    if (complete.length === 0) return
    this.#entries.check(complete)
    for (const fragment of complete) this.#beingStored.add(fragment)
    const storing = writeBack(complete, this.#context, this.#services).then(() => this.release(complete))
    this.#storing = Promise.all([this.#storing, storing])
  }

  /** Stores what is complete if the render still waits for its loads after a while. */
  storeSoon(): void {
    if (this.#led.size === 0) return
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

  /** Resolves when what was stored before the end of the page is. */
  async stored(): Promise<void> {
    await this.#storing
  }

  /** Gives claims back. Whoever waits for a fragment that was not stored renders its own. */
  async release(fragments: readonly Fragment[]): Promise<void> {
    const claimed = new Map<Claim, Fragment>()
    for (const fragment of fragments) {
      const led = this.#led.get(fragment)
      if (led?.claimed) claimed.set(led, fragment)
    }
    if (claimed.size === 0) return
    await this.#claims.release([...claimed.keys()], (claim) => claimed.get(claim)?.stored === true)
  }

  /** Gives all claims back. */
  end(): void {
    this.#services.time.clearTimeout(this.#early)
    void this.release([...this.#led.keys()])
  }
}
