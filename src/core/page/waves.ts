import type { MaybePromise } from '../../engines/template-engine.ts'
import { Fragment, fragmentsIn } from '../fragment/fragment.ts'
import { NocacheHole } from '../fragment/nocache-hole.ts'
import { type PageNode, unique } from '../fragment/page-node.ts'
import type { FragmentLookup } from '../lookup/fragment-lookup.ts'
import type { Bypass } from '../options/cache-options.ts'
import { WAITING } from '../single-flight/claims.ts'
import type { Flight, SharedEntry } from '../single-flight/flight.ts'
import type { PageFlights } from '../single-flight/page-flights.ts'
import type { LazyLoads } from './lazy-loads.ts'
import { type PageHost, tooDeep } from './page-host.ts'
import { renderBodies } from './render-bodies.ts'

/** How deep fragments may stand in one another. */
const MOST_WAVES = 1_000

const NO_FRAGMENTS: readonly Fragment[] = []

/** Says whether a piece is rendered for each request, and was not yet. */
function isUnfilledLive(node: PageNode): boolean {
  return node instanceof NocacheHole && !node.filled
}

/** A piece that is rendered for each request gives way to what stands open in it. */
function outOfLive(node: PageNode): PageNode[] {
  if (!(node instanceof NocacheHole)) return [node]
  return node.complete ? [] : node.inner.flatMap(outOfLive)
}

/** The waves of one render: each is a fetch, in one trip, and the renders that it feeds. */
export class Waves {
  readonly #host: PageHost
  readonly #lookup: FragmentLookup
  readonly #loads: LazyLoads
  readonly #bypass: Bypass
  readonly #pageFlights: PageFlights | undefined

  /** @param pageFlights what is shared with other pages of this process, if anything is */
  constructor(
    host: PageHost,
    lookup: FragmentLookup,
    loads: LazyLoads,
    bypass: Bypass,
    pageFlights: PageFlights | undefined,
  ) {
    this.#host = host
    this.#lookup = lookup
    this.#loads = loads
    this.#bypass = bypass
    this.#pageFlights = pageFlights
  }

  /** Fetches fragments that were met, before it is known whether they are all. Never rejects. */
  async fetchMet(met: readonly PageNode[]): Promise<void> {
    await this.#fetch(fragmentsIn(met))
  }

  /** Fetches all that was met in one trip, and fills what is wanted. */
  async fillSome(met: readonly PageNode[], wanted: readonly PageNode[]): Promise<void> {
    await this.#fetchWith(met, wanted)
    await this.fill(wanted)
  }

  /** The same for what bodies use. This page waits for no other one then: they go in step, and others may wait for one of them. */
  async #fillInside(met: readonly PageNode[], wanted: readonly PageNode[]): Promise<void> {
    await this.#fetchWith(met, wanted)
    await this.fill(wanted, false)
  }

  async #fetchWith(met: readonly PageNode[], wanted: readonly PageNode[]): Promise<void> {
    const inside = await this.#fragmentsOf(wanted)
    await this.#fetch(unique([...fragmentsIn(met), ...inside]))
  }

  /**
   * Fills holes. The bodies of the misses may hold fragments, which are the next wave: one trip for each, whatever
   * the number of fragments.
   * @param joins whether what others render is waited for
   */
  async fill(nodes: readonly PageNode[], joins = true): Promise<void> {
    /** Fragments that others render: the flight of another page; undefined, another process. */
    const joined = new Map<Fragment, Flight | undefined>()
    let wave = await this.#fragmentsOf(nodes)
    for (let waves = 1; wave.length > 0 || joined.size > 0; waves++) {
      // Only when this page has nothing to do itself: others may wait for what it does.
      if (wave.length === 0) wave = await this.#join(joined)
      if (waves > MOST_WAVES && wave[0]) throw tooDeep(wave[0], MOST_WAVES)
      await this.#fetch(wave) //                       2. all of a wave, in one trip
      if (joins) await this.#leaveToOthers(wave, joined)
      const ours = wave.filter((fragment) => !joined.has(fragment))
      wave = await this.#renderMissed(ours) //         3. load and 4. render the misses
    }
  }

  /** Notes what another page, or another process, is at: this page waits for it later. */
  async #leaveToOthers(wave: readonly Fragment[], joined: Map<Fragment, Flight | undefined>): Promise<void> {
    const pageFlights = this.#pageFlights
    const missed = wave.filter(({ filled }) => !filled)
    if (!pageFlights || missed.length === 0) return
    const alone = missed.filter((fragment) => {
      const flight = pageFlights.join(fragment)
      if (flight) joined.set(fragment, flight)
      return flight === undefined
    })
    for (const fragment of await pageFlights.claim(alone)) joined.set(fragment, undefined)
  }

  /** Waits for what other pages render; where one fails this page renders its own. @returns what stands inside */
  async #join(joined: Map<Fragment, Flight | undefined>): Promise<readonly Fragment[]> {
    const pageFlights = this.#pageFlights as PageFlights
    const missed = [...joined].filter(([{ filled }]) => !filled)
    joined.clear()
    // First those that may wait for this page, which are not waited for long.
    const crossed = new Set(pageFlights.againstOrder(missed.map(([fragment]) => fragment)))
    const open = crossed.size > 0 ? missed.filter(([fragment]) => crossed.has(fragment)) : missed
    if (crossed.size > 0)
      for (const [fragment, flight] of missed) if (!crossed.has(fragment)) joined.set(fragment, flight)
    const here = open.filter(([, flight]) => flight !== undefined) as [Fragment, Flight][]
    const elsewhere = open.flatMap(([fragment, flight]) => (flight ? [] : [fragment]))
    const flights = here.map(([, flight]) => flight)
    const [flown, stored] = await pageFlights.wait(flights, elsewhere, crossed.size > 0)
    // Something of this page's own comes first.
    const fragments = here.map(([fragment]) => fragment)
    const landed: SharedEntry[] = [...flown]
    for (const [n, fragment] of elsewhere.entries()) {
      const value = stored[n]
      if (value === WAITING) joined.set(fragment, undefined)
      else {
        fragments.push(fragment)
        landed.push(value)
      }
    }
    await this.#lookup.adopt(fragments, landed)
    return this.#renderMissed(fragments)
  }

  /** Renders what is missing of fragments, and what is live in the others. @returns what stands inside */
  async #renderMissed(fragments: readonly Fragment[]): Promise<readonly Fragment[]> {
    if (fragments.every(({ complete }) => complete)) {
      this.#pageFlights?.resolveComplete()
      return NO_FRAGMENTS
    }
    const open = fragments.flatMap(({ filled, complete, inner }) => (filled && !complete ? inner : []))
    const bodies = [...fragments.filter(({ filled }) => !filled), ...open.filter(isUnfilledLive)]
    const inner = await this.#render(bodies)
    this.#pageFlights?.resolveComplete()
    return unique([...inner, ...(await this.#fragmentsOf(open))])
  }

  /** The fragments among pieces, and in the live holes among them, which are rendered for that. */
  async #fragmentsOf(nodes: readonly PageNode[]): Promise<readonly Fragment[]> {
    if (nodes.every((node) => node instanceof Fragment)) return nodes
    const inside = await this.#render(nodes.filter(isUnfilledLive))
    return unique([...fragmentsIn(nodes.flatMap(outOfLive)), ...inside])
  }

  /** Runs bodies, and what is live in them. @returns the fragments that stand inside */
  #render(bodies: readonly PageNode[]): MaybePromise<readonly Fragment[]> {
    if (bodies.length === 0) return NO_FRAGMENTS
    const render = () =>
      renderBodies(
        bodies,
        this.#host,
        this.#loads,
        (met, wanted) => this.#fillInside(met, wanted),
        () => this.#pageFlights?.beforeLoad(),
      )
    const declared = this.#host.declareAgain()
    return declared ? declared.then(render) : render()
  }

  async #fetch(fragments: readonly Fragment[]): Promise<void> {
    const skipsRead = this.#bypass === 'both'
    if (skipsRead) for (const fragment of fragments) fragment.bypass()
    else await this.#lookup.lookUp(fragments)
    // Its key was read all the same: what is stored must know what it takes the place of.
    if (this.#bypass === 'read') for (const fragment of fragments) fragment.bypass()
  }
}
