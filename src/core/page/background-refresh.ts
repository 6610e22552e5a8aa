import { nextTurn } from '../../clock.ts'
import type { Run, TemplateEngine } from '../../engines/template-engine.ts'
import { messageOf, RenderError } from '../../errors.ts'
import { type Fragment, withInner } from '../fragment/fragment.ts'
import { FragmentLookup } from '../lookup/fragment-lookup.ts'
import { TemplateCheck } from '../lookup/template-check.ts'
import type { PageContext } from '../page-context.ts'
import type { LeakCheck } from '../safety/leak-check.ts'
import type { Services } from '../services.ts'
import { refreshDue } from '../single-flight/refresh-due.ts'
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
    const due = this.#old.map((fragment) => fragment.toRefresh())
    const storeTogether = together(store)
    // Each by itself: one whose body fails does not keep the others old.
    const refresh = (fragment: Fragment) => this.#renew(fragment, storeTogether)
    await refreshDue(due, this.#with.begun, refresh, this.#services)
  }

  /** @returns true if it was stored */
  async #renew(fragment: Fragment, store: StoreFragments): Promise<boolean> {
    const { events } = this.#services
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
      await store(missed)
      return fragment.stored
    } catch (cause) {
      const why = messageOf(cause)
      const error = new RenderError(`${fragment.title} could not be rendered anew: ${why}`, { cause })
      events.emit({ type: 'error', error, during: 'renew', keys: [fragment.key] })
      reportSkips([fragment], `it could not be rendered anew: ${why}`, events)
      throw cause
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
