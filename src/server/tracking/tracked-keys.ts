/** The keys that clients have read, by their names: a key of any database. */
export class TrackedKeys {
  readonly #readers = new Map<string, Set<number>>()
  /** Pairs of a key and a client. */
  items = 0

  /** Number of keys. */
  get size(): number {
    return this.#readers.size
  }

  /** @param reader id of a client */
  add(key: string, reader: number): void {
    const readers = this.#readers.get(key)
    if (readers === undefined) this.#readers.set(key, new Set([reader]))
    else if (readers.has(reader)) return
    else readers.add(reader)
    this.items++
  }

  /** Forgets a key. Returns the ids of those that have read it. */
  take(key: string): ReadonlySet<number> | undefined {
    const readers = this.#readers.get(key)
    if (readers === undefined) return undefined
    this.#readers.delete(key)
    this.items -= readers.size
    return readers
  }

  /** The key that has been tracked for the longest time. */
  get oldest(): string | undefined {
    for (const key of this.#readers.keys()) return key
    return undefined
  }

  clear(): void {
    this.#readers.clear()
    this.items = 0
  }
}
