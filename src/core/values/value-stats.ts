/** What values were asked for, since the process began. */
export interface ValueCounts {
  readonly hits: number
  readonly misses: number
  readonly writes: number
  /** Reads that cost nothing, since the key was read ahead. */
  readonly preloadHits: number
}

/** With the counts of each name: of a cached function, or what stands before the first `:` of a key. */
export interface ValueStats extends ValueCounts {
  readonly names: Readonly<Record<string, ValueCounts>>
}

type Mutable = { -readonly [K in keyof ValueCounts]: number }

/** How many names are counted by themselves; more are counted together, as `others`. */
const MOST_NAMES = 1_000

export class ValueCounter {
  readonly #names = new Map<string, Mutable>()

  count(name: string, what: keyof ValueCounts): void {
    let counts = this.#names.get(name)
    if (!counts) {
      const own = this.#names.size < MOST_NAMES ? name : 'others'
      counts = this.#names.get(own) ?? { hits: 0, misses: 0, writes: 0, preloadHits: 0 }
      this.#names.set(own, counts)
    }
    counts[what]++
  }

  get stats(): ValueStats {
    const sum = { hits: 0, misses: 0, writes: 0, preloadHits: 0 }
    for (const counts of this.#names.values()) {
      for (const what of Object.keys(sum) as (keyof ValueCounts)[]) sum[what] += counts[what]
    }
    return {
      ...sum,
      names: Object.fromEntries([...this.#names].map(([name, counts]) => [name, { ...counts }])),
    }
  }
}
