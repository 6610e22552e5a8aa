import { nextTurn } from '../../clock.ts'
import type { DefinedSource } from '../../engines/defined-call.ts'
import { messageOf, RenderError } from '../../errors.ts'
import { STAMP_LENGTH } from '../../stores/store.ts'
import type { FragmentTasks } from '../definition/fragment-tasks.ts'
import type { RefreshTask } from '../definition/refresh-queue.ts'
import { type Fragment, withInner } from '../fragment/fragment.ts'
import { refreshedFragment } from '../fragment/refreshed-fragment.ts'
import { refreshDue } from '../single-flight/refresh-due.ts'
import { reportSkips, writeBack } from '../write-back/write-back.ts'
import type { PageRender } from './page-render.ts'
import { refreshWaves } from './refresh-waves.ts'
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
    const { stale, begun, services, page } = this.#render
    const here = page.tasks ? await this.#leaveToWorkers(stale, page.tasks) : stale
    const store = this.#storeTogether()
    const due = here.map(refreshedFragment)
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
      if (!fragment.defined && given.hasChanged)
        throw new Error("the page's data was changed after it was rendered")
      await fillNodes(refreshWaves(this.#render), [fragment], undefined)
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
   * Adds a task for each fragment whose definition says so.
   * @returns the fragments that are left to this process
   */
  async #leaveToWorkers(stale: readonly Fragment[], tasks: FragmentTasks): Promise<readonly Fragment[]> {
    const { definitions } = this.#render.services.options.fragments
    const taken = await Promise.all(
      stale.map((fragment) => {
        const { defined, key } = fragment
        const isQueued = defined && definitions.get(defined.name)?.refresh.queue
        return isQueued ? tasks.add(key, this.#taskOf(fragment, defined)) : false
      }),
    )
    return stale.filter((_, n) => !taken[n])
  }

  #taskOf({ entry }: Fragment, { name, params, vary, perVisitor }: DefinedSource): RefreshTask {
    const { release } = this.#render.services.options
    const stamp = entry ? entry.stamp.subarray(0, STAMP_LENGTH).toString('hex') : ''
    return { name, params, vary, perVisitor, release, stamp }
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
