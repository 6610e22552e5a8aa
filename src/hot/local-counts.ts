/** The counts of one fragment, by its params. */
export type FragmentCounts = ReadonlyMap<string, number>

/**
 * Counts of this process that are not yet sent. Of at most `capacity` params; if there are more,
 * the median is subtracted from all counts, and those that reach 0 are dropped. So a count is too
 * low by at most two of `capacity` parts of all requests, and frequent params are kept.
 *
 * Misra, Gries 1982, Finding repeated elements; by the median as in Anderson et al. 2017, A
 * high-performance algorithm for identifying frequent items in data streams.
 */
export class LocalCounts {
  readonly #capacity: number
  #fragments = new Map<string, Map<string, number>>()
  #size = 0

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  /** Number of params that are counted. */
  get size(): number {
    return this.#size
  }

  add(fragment: string, params: string, weight: number): void {
    let counts = this.#fragments.get(fragment)
    if (!counts) {
      counts = new Map()
      this.#fragments.set(fragment, counts)
    }
    const count = counts.get(params)
    counts.set(params, (count ?? 0) + weight)
    if (count === undefined && ++this.#size > this.#capacity) this.#prune()
  }

  /** Returns all counts, and resets them. */
  take(): ReadonlyMap<string, FragmentCounts> {
    const fragments = this.#fragments
    this.#fragments = new Map()
    this.#size = 0
    return fragments
  }

  #prune(): void {
    const all = [...this.#fragments.values()].flatMap((counts) => [...counts.values()])
    const median = all.sort((a, b) => a - b)[all.length >> 1] ?? 0
    this.#size = 0
    for (const [fragment, counts] of this.#fragments) {
      for (const [params, count] of counts) {
        if (count > median) counts.set(params, count - median)
        else counts.delete(params)
      }
      if (counts.size === 0) this.#fragments.delete(fragment)
      this.#size += counts.size
    }
  }
}
