import { LRUCache } from 'lru-cache'

/** Which part of the bytes belongs to what was read more than once. */
const PROTECTED = 0.8

/**
 * A segmented LRU (Karedla, Love, Wherry 1994: Caching strategies to improve disk system performance), bounded by bytes: what is
 * new is on probation, and goes first; what is read again there is protected, and goes back on probation when others are
 * read more. So a crawler that reads each page once pushes out nothing but what was read once. Chosen by measurement:
 * `npm run bench:eviction`.
 */
export class SegmentedLru<Value extends object> {
  readonly #maxBytes: number
  readonly #probation: LRUCache<string, Value>
  readonly #protected: LRUCache<string, Value>

  /** @param sizeOf bytes that a value takes under its key */
  constructor(maxBytes: number, sizeOf: (value: Value, key: string) => number) {
    this.#maxBytes = maxBytes
    this.#probation = new LRUCache({ maxSize: maxBytes, sizeCalculation: sizeOf })
    this.#protected = new LRUCache({
      maxSize: Math.floor(maxBytes * PROTECTED),
      maxEntrySize: maxBytes,
      sizeCalculation: sizeOf,
      dispose: (value, key, reason) => {
        if (reason === 'evict') this.#probation.set(key, value)
      },
    })
  }

  get(key: string): Value | undefined {
    const known = this.#protected.get(key)
    if (known !== undefined) return known
    const value = this.#probation.peek(key)
    if (value === undefined) return undefined
    this.#probation.delete(key)
    this.#protected.set(key, value)
    // It may be larger than the part that is protected.
    if (!this.#protected.has(key)) this.#probation.set(key, value)
    this.#makeRoom()
    return value
  }

  /** A value of more than the whole bound is not kept. */
  set(key: string, value: Value): void {
    if (this.#protected.has(key)) {
      this.#protected.set(key, value)
      if (!this.#protected.has(key)) this.#probation.set(key, value)
    } else {
      this.#probation.set(key, value)
    }
    this.#makeRoom()
  }

  delete(key: string): boolean {
    return this.#protected.delete(key) || this.#probation.delete(key)
  }

  clear(): void {
    this.#protected.clear()
    this.#probation.clear()
  }

  *keys(): Generator<string, void, void> {
    yield* this.#protected.keys()
    yield* this.#probation.keys()
  }

  #makeRoom(): void {
    while (this.#probation.calculatedSize + this.#protected.calculatedSize > this.#maxBytes) {
      if (this.#probation.pop() === undefined) this.#protected.pop()
    }
  }
}
