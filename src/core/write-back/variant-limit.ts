import type { Clock } from '../../clock.ts'

/**
 * How many variants of each fragment this process has stored lately. Where visitors choose a part of a key (a search, a
 * page number), they would fill the store with as many as they like.
 */
export class VariantLimit {
  readonly #max: number
  readonly #window: number
  readonly #keys = new Map<string, Set<string>>()
  readonly #clock: Clock
  #since: number

  /** @param window milliseconds after which counting begins anew */
  constructor(max: number, window: number, clock: Clock) {
    this.#clock = clock
    this.#since = clock.now()
    this.#max = max
    this.#window = window
  }

  /** Counts a key, unless it is one too many. */
  admit(name: string, key: string): boolean {
    if (this.#clock.now() - this.#since > this.#window) {
      this.#since = this.#clock.now()
      this.#keys.clear()
    }
    let keys = this.#keys.get(name)
    if (!keys) {
      keys = new Set()
      this.#keys.set(name, keys)
    }
    if (keys.has(key)) return true
    if (keys.size >= this.#max) return false
    keys.add(key)
    return true
  }

  get reason(): string {
    return `${this.#max} other variants of it were stored lately (maxVariants)`
  }
}
