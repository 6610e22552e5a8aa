import type { Fragment } from '../fragment/fragment.ts'
import type { ObservedPage } from '../observe/cache-observer.ts'
import type { PageContext } from '../page-context.ts'
import type { Services } from '../services.ts'
import type { PageRender } from './page-render.ts'

/** A page whose response is over, for observers. It computes what they ask for. */
class FinishedPage implements ObservedPage {
  readonly fragments: readonly Fragment[]
  readonly reason: string | undefined
  readonly storeTime: number
  readonly #renders: readonly PageRender[]
  readonly #context: PageContext

  constructor(
    renders: readonly PageRender[],
    fragments: readonly Fragment[],
    context: PageContext,
    reason: string | undefined,
    storeTime: number,
  ) {
    this.storeTime = storeTime
    this.fragments = fragments
    this.reason = reason
    this.#renders = renders
    this.#context = context
  }

  get template(): string {
    return (this.#renders[0] as PageRender).template
  }

  get runs(): number {
    let sum = 0
    for (const { runs, runsAgain } of this.#renders) sum += runs + runsAgain
    return sum
  }

  get loadTime(): number {
    return this.#renders[0]?.loads.waited ?? 0
  }

  get duration(): number {
    let sum = 0
    for (const { begun, ended = begun } of this.#renders) sum += ended - begun
    return sum
  }

  get route(): string | undefined {
    return this.#context.source?.route
  }

  get method(): string | undefined {
    return this.#context.source?.method
  }

  get status(): number | undefined {
    return this.#context.source?.status
  }

  get stored(): boolean {
    return this.reason === undefined
  }

  get trips(): number {
    const { total, ofValues } = this.#context.trips
    return total - ofValues
  }

  get valueTrips(): number {
    return this.#context.trips.ofValues
  }

  get waits(): number {
    return this.#context.waits
  }

  get fetchTime(): number {
    return this.#context.fetchTime
  }

  get renderTime(): number {
    let sum = 0
    for (const { body } of this.fragments) if (body) sum += body.renderTime
    return sum
  }
}

/**
 * Tells observers of a page whose response is over, unless it rendered nothing.
 * @param reason why nothing of it is stored; undefined if it may be
 */
export function observePage(
  renders: readonly PageRender[],
  fragments: readonly Fragment[],
  context: PageContext,
  { observers, store }: Services,
  reason: string | undefined,
): void {
  if (renders.length === 0) return
  const ended = renders.at(-1)?.ended
  const storeTime = ended === undefined ? store.now() : store.at(ended)
  observers.page(new FinishedPage(renders, fragments, context, reason, storeTime))
}
