import type { Clock } from '../../clock.ts'

/**
 * Counts the variants of each fragment that this process has stored lately. Visitors who choose a
 * part of a key (a search, a page number) could fill the store with any number.
 */
export class VariantLimit {
  readonly #max: number
  readonly #window: number
  readonly #keys = new Map<string, Set<string>>()
  readonly #clock: Clock
  #since: number

  /** @param window time after which counting begins again, in ms */
  constructor(max: number, window: number, clock: Clock) {
    this.#clock = clock
    this.#since = clock.now()
    this.#max = max
    this.#window = window
  }

  /** Counts a key. @returns false if it is one too many */
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
