/** Counts of reads and writes since the process began. */
export interface ValueCounts {
  /** Reads that found a value. */
  readonly hits: number
  /** Reads that found none. */
  readonly misses: number
  /** Values that were stored. */
  readonly writes: number
  /** Reads of keys that were read ahead. */
  readonly preloadHits: number
}

/** Counts in all, and by name: of a cached function, or the first segment of a key. */
export interface ValueStats extends ValueCounts {
  /** Counts by name; names beyond the first 1,000 count as `others`. */
  readonly names: Readonly<Record<string, ValueCounts>>
}

type Mutable = { -readonly [K in keyof ValueCounts]: number }

/** Most names that are counted separately; others count as `others`. */
const MAX_NAMES = 1_000

export class ValueCounter {
  readonly #names = new Map<string, Mutable>()

  count(name: string, what: keyof ValueCounts): void {
    let counts = this.#names.get(name)
    if (!counts) {
      const own = this.#names.size < MAX_NAMES ? name : 'others'
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
