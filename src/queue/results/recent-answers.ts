/** Most results that are kept for a `result()` to come, and most characters of them. */
const MOST = 1_000
const MOST_CHARACTERS = 4_000_000

/** Results that came before anybody waited for them. */
export class RecentAnswers {
  readonly #stored = new Map<string, string>()
  #characters = 0
  #evicted = false

  /** True if some were dropped since `clear`: one that is not here may have been. */
  get evicted(): boolean {
    return this.#evicted
  }

  add(id: string, stored: string): void {
    if (this.#stored.has(id)) return
    this.#stored.set(id, stored)
    this.#characters += stored.length
    for (const [oldest, text] of this.#stored) {
      if (this.#stored.size <= MOST && this.#characters <= MOST_CHARACTERS) break
      this.#stored.delete(oldest)
      this.#characters -= text.length
      this.#evicted = true
    }
  }

  /** Returns a result, and forgets it: its handle keeps it. */
  take(id: string): string | undefined {
    const stored = this.#stored.get(id)
    if (stored === undefined) return undefined
    this.#stored.delete(id)
    this.#characters -= stored.length
    return stored
  }

  clear(): void {
    this.#stored.clear()
    this.#characters = 0
    this.#evicted = false
  }
}
