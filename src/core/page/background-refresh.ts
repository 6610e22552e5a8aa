import { nextTurn } from '../../clock.ts'
import type { Run, TemplateEngine } from '../../engines/template-engine.ts'
import { messageOf, RenderError } from '../../errors.ts'
import { STAMP_LENGTH } from '../../stores/store.ts'
import { type Fragment, withInner } from '../fragment/fragment.ts'
import { FragmentLookup } from '../lookup/fragment-lookup.ts'
import { TemplateCheck } from '../lookup/template-check.ts'
import type { PageContext } from '../page-context.ts'
import type { LeakCheck } from '../safety/leak-check.ts'
import type { Services } from '../services.ts'
import { type Claim, type Claims, claimOfStale } from '../single-flight/claims.ts'
import { Deadline } from '../store-access/deadline.ts'
import { reportSkips } from '../write-back/write-back.ts'
import type { GivenData } from './given-data.ts'
import type { LazyLoads } from './lazy-loads.ts'
import { EarlierFragments, PageHost } from './page-host.ts'
import { Waves } from './waves.ts'

/** What bodies are run anew with: that of the page which found them stale. */
interface Renewing {
  readonly engine: TemplateEngine
  /** Of all that shapes what it gives. */
  readonly digest: string
  readonly loads: LazyLoads
  readonly context: PageContext
  /** The run of the page's template. */
  readonly run: Run
  /** What it was given. */
  readonly given: GivenData
  /** When its render began, by the process' clock. */
  readonly begun: number
}

/**
 * Renders anew, when the visitor has the page, what one render showed stale or near its end. Each fragment is rendered by
 * one page at a time; one that fails stays as it was, and rests for a while.
 */
export class BackgroundRefresh {
  readonly #old: readonly Fragment[]
  readonly #check: LeakCheck
  readonly #with: Renewing
  readonly #services: Services

  constructor(old: readonly Fragment[], check: LeakCheck, renewing: Renewing, services: Services) {
    this.#old = old
    this.#check = check
    this.#with = renewing
    this.#services = services
  }

  /** Never rejects. @param store writes fragments back, and never rejects */
  async run(store: StoreFragments): Promise<void> {
    const { refreshes, claims } = this.#services
    const renewed = this.#old
      .filter(({ key }) => refreshes.begin(key, this.#with.begun))
      .map((fragment) => fragment.toRefresh())
    const of = new Map(
      renewed.map((fragment) => [claimOfStale(fragment.key, fragment.stamp as Buffer), fragment]),
    )
    try {
      const ours = claims ? await this.#claim([...of.keys()], claims) : renewed.map(() => true)
      // Each by itself: one whose body fails does not keep the others old.
      // The others are being rendered anew by another process, or are there already: nothing failed.
      for (const [n, fragment] of renewed.entries()) if (!ours[n]) fragment.stored = true
      const storeTogether = together(store)
      await Promise.all(renewed.map((fragment, n) => ours[n] && this.#renew(fragment, storeTogether)))
    } finally {
      for (const { key } of renewed) refreshes.end(key)
      await claims?.release([...of.keys()], (claim) => of.get(claim)?.stored === true)
    }
  }

  /** Claims them; what another process has rendered anew since this page found it stale is not to be done again. */
  async #claim(claims: readonly Claim[], all: Claims): Promise<boolean[]> {
    const { store, options } = this.#services
    const claimed = await all.claim(claims)
    const keys = claims.filter((_, n) => claimed[n]).map(({ key }) => key)
    if (keys.length === 0) return claimed
    // Copies would say what this page has seen.
    store.dropCopies(keys)
    const found = await store.read(keys, new Deadline(options.timeout, this.#services.time))
    const values = new Map(keys.map((key, n) => [key, found[n]]))
    return claims.map(({ key, stamp }, n) => {
      const value = values.get(key)
      if (!claimed[n] || !Buffer.isBuffer(value)) return claimed[n] as boolean
      return stamp !== null && value.subarray(0, STAMP_LENGTH).equals(stamp)
    })
  }

  async #renew(fragment: Fragment, store: StoreFragments): Promise<void> {
    const { events, refreshes } = this.#services
    const { vary } = this.#with.context
    try {
      // What it is rendered with is to be what its key says, before and after.
      vary.refuseChanged()
      if (this.#with.given.hasChanged) throw new Error("the page's data was changed after it was rendered")
      await this.#waves().fill([fragment])
      vary.refuseChanged()
      const missed = withInner([fragment]).filter(({ reason }) => reason !== undefined)
      this.#check.look(missed)
      this.#check.mark(missed)
      refreshes.succeeded(fragment.key)
      await store(missed)
    } catch (cause) {
      refreshes.failed(fragment.key)
      const why = messageOf(cause)
      const error = new RenderError(`${fragment.title} could not be rendered anew: ${why}`, { cause })
      events.emit({ type: 'error', error, during: 'renew', keys: [fragment.key] })
      reportSkips([fragment], `it could not be rendered anew: ${why}`, events)
    }
  }

  /** Of their own: nothing that the page shows stale may become part of what is new. */
  #waves(): Waves {
    const { engine, digest, loads, context, run } = this.#with
    // The visitor does not wait for it.
    const deadline = new Deadline(this.#services.options.timeout, this.#services.time)
    const { versions, vary } = context
    const host = new PageHost(this.#services, new EarlierFragments(), loads, vary, digest, undefined)
    host.skeleton = run
    const templates = new TemplateCheck(engine, digest)
    const lookup = new FragmentLookup(templates, host, { versions, deadline }, this.#services, false)
    return new Waves(host, lookup, loads, false, undefined)
  }
}

type StoreFragments = (fragments: readonly Fragment[]) => Promise<void>

/** What is rendered in the same turn of the event loop is stored in one trip. */
function together(store: StoreFragments): StoreFragments {
  let waiting: Fragment[] = []
  let storing: Promise<void> | undefined
  return (fragments) => {
    waiting.push(...fragments)
    storing ??= nextTurn().then(() => {
      const all = waiting
      waiting = []
      storing = undefined
      return store(all)
    })
    return storing
  }
}
