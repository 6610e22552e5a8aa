import type { Place } from '../../engines/template-engine.ts'
import type { Fragment } from '../fragment/fragment.ts'

/**
 * The fragments of one render, by place and key: one key at one place is one fragment, however
 * often it is declared.
 */
export class FragmentRegistry {
  /** Created for the second place: many pages have one. */
  #places: Map<Place, Map<string, Fragment>> | undefined
  #place: Place | undefined
  #ofPlace = new Map<string, Fragment>()

  find(place: Place, key: string): Fragment | undefined {
    this.#select(place)
    return this.#ofPlace.get(key)
  }

  add(place: Place, key: string, fragment: Fragment): void {
    this.#select(place)
    this.#ofPlace.set(key, fragment)
  }

  /** Remembers the last place: a tag in a loop is met many times in a row. */
  #select(place: Place): void {
    if (place === this.#place) return
    if (this.#place) this.#places ??= new Map([[this.#place, this.#ofPlace]])
    this.#ofPlace = this.#places?.get(place) ?? (this.#place ? new Map() : this.#ofPlace)
    this.#places?.set(place, this.#ofPlace)
    this.#place = place
  }
}

/** The fragments of a page's earlier renders. Most pages have one render, which finds none. */
export class EarlierFragments {
  readonly #renders: FragmentRegistry[] = Array.of()

  add(fragments: FragmentRegistry): void {
    this.#renders.push(fragments)
  }

  /**
   * Finds one that another render may show, too: it came from the store, and depends on no data.
   */
  find(place: Place, key: string): Fragment | undefined {
    for (let n = this.#renders.length - 1; n >= 0; n--) {
      const fragment = this.#renders[n]?.find(place, key)
      if (fragment?.entry && fragment.complete && !fragment.hasNocache) return fragment
    }
    return undefined
  }
}
