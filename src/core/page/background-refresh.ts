import { nextTurn } from '../../clock.ts'
import { messageOf, RenderError } from '../../errors.ts'
import { type Fragment, withInner } from '../fragment/fragment.ts'
import { FragmentLookup } from '../lookup/fragment-lookup.ts'
import { refreshDue } from '../single-flight/refresh-due.ts'
import { Deadline } from '../store-access/deadline.ts'
import { reportSkips, writeBack } from '../write-back/write-back.ts'
import { PageHost } from './page-host.ts'
import type { PageRender, Waves } from './page-render.ts'
import { fillNodes } from './render-page.ts'

/**
 * Refreshes what one render showed stale or near its end, when the visitor has the page. Each
 * fragment is refreshed by one page at a time; one that fails keeps its entry, and rests for a
 * while.
 */
export class BackgroundRefresh {
  readonly #render: PageRender

  constructor(render: PageRender) {
    this.#render = render
  }

  /** Never rejects. */
  async run(): Promise<void> {
    const { stale, begun, services } = this.#render
    const store = this.#storeTogether()
    const due = stale.map((fragment) => fragment.toRefresh())
    // Each by itself: one whose body fails does not keep the others old.
    await refreshDue(due, begun, (fragment) => this.#refresh(fragment, store), services)
  }

  /** @returns true if it was stored */
  async #refresh(fragment: Fragment, store: StoreFragments): Promise<boolean> {
    const { context, given, check, services } = this.#render
    const { events } = services
    try {
      // The key must say what it is rendered with, before and after.
      context.refuseChangedVary()
      if (given.hasChanged) throw new Error("the page's data was changed after it was rendered")
      await fillNodes(this.#waves(), [fragment], undefined)
      context.refuseChangedVary()
      const missed = withInner([fragment]).filter(({ reason }) => reason !== undefined)
      check.look(missed)
      check.mark(missed)
      await store(missed)
      return fragment.stored
    } catch (cause) {
      const why = messageOf(cause)
      const error = new RenderError(`${fragment.title} could not be refreshed: ${why}`, { cause })
      events.emit({ type: 'error', error, during: 'refresh', keys: [fragment.key] })
      reportSkips([fragment], `it could not be refreshed: ${why}`, events)
      throw cause
    }
  }

  /**
   * Returns waves of their own: nothing that the page shows stale may become part of what is new.
   */
  #waves(): Waves {
    const { engine, digest, page, loads, context, services } = this.#render
    const { versions } = context
    const host = new PageHost(page, digest, [], undefined)
    host.skeleton = this.#render.host.skeleton
    host.render = this.#render
    // The visitor does not wait for it: it has a deadline of its own.
    const deadline = new Deadline(services.options.timeout, services.time)
    const lookup = new FragmentLookup(engine, digest, host, { versions, deadline }, services, false)
    return { host, lookup, loads, flights: undefined }
  }

  /**
   * Returns a function that stores, in one trip, what is rendered in the same turn of the event
   * loop.
   */
  #storeTogether(): StoreFragments {
    const { context, services } = this.#render
    let waiting: Fragment[] = []
    let storing: Promise<void> | undefined
    return (fragments) => {
      waiting.push(...fragments)
      storing ??= nextTurn().then(() => {
        const all = waiting
        waiting = []
        storing = undefined
        return writeBack(all, context, services)
      })
      return storing
    }
  }
}

type StoreFragments = (fragments: readonly Fragment[]) => Promise<void>
