import type { DeltaSource } from '../../../src/metrics/redis/pusher.ts'
import { emptyFragment, emptySnapshot, fragmentLabel, type Snapshot } from '../../../src/metrics/snapshot.ts'

/** A source of deltas that a test counts into. */
export class Counts implements DeltaSource {
  pages = 0
  #new: Snapshot | undefined
  readonly #now: () => number

  /** @param now of the clock of the process */
  constructor(now: () => number) {
    this.#now = now
  }

  /** Counts pages, each with a hit of one fragment and a miss of another. */
  count(pages: number, renderTime = 100): void {
    this.#new ??= Object.assign(emptySnapshot(), { from: this.#now() })
    this.#new.to = this.#now()
    this.#new.pages += pages
    this.pages += pages
    const [card, list] = ['card', 'list'].map((name) => {
      const label = fragmentLabel(name, 'home.njk')
      const numbers = this.#new?.fragments.get(label) ?? emptyFragment()
      this.#new?.fragments.set(label, numbers)
      return numbers
    })
    if (!card || !list) return
    card.hits += pages
    list.misses.expired = (list.misses.expired ?? 0) + pages
    list.render.record(renderTime, pages)
  }

  take(): Snapshot | undefined {
    const taken = this.#new
    this.#new = undefined
    return taken
  }
}

/** Numbers of a snapshot that tests compare. */
export function numbersOf(snapshot: Snapshot): {
  pages: number
  hits: number
  expired: number
  renders: number
} {
  const card = snapshot.fragments.get(fragmentLabel('card', 'home.njk'))
  const list = snapshot.fragments.get(fragmentLabel('list', 'home.njk'))
  return {
    pages: snapshot.pages,
    hits: card?.hits ?? 0,
    expired: list?.misses.expired ?? 0,
    renders: list?.render.count ?? 0,
  }
}

/** Returns the result of {@link numbersOf} for so many pages. */
export function pagesOf(pages: number) {
  return { pages, hits: pages, expired: pages, renders: pages }
}
