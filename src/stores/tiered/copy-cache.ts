import type { Copies, Copy } from '../store.ts'

/** Most changes that are noted while reads are under way. Beyond them no read may add a copy. */
const MOST_CHANGES = 10_000

/** A read of the second store that is under way, by its place in the order of events. */
export type Reading = number

/**
 * The copies of a first tier, and the reads that add to them. A value that changes while it is
 * being read is not kept: the report of a write may arrive before the answer of an earlier read.
 */
export class CopyCache {
  readonly #copies: Copies
  /** Counts reads and changes, to tell which came first. */
  #count = 0
  #underWay = 0
  readonly #changedAt = new Map<string, number>()
  #allChangedAt = 0

  constructor(copies: Copies) {
    this.#copies = copies
  }

  get(key: string, now: number): Copy | undefined {
    return this.#copies.get(key, now)
  }

  begin(): Reading {
    this.#underWay++
    return ++this.#count
  }

  /** Adds a copy of what a read returned, unless the key changed after the read began. */
  add(reading: Reading, key: string, value: Buffer, expires: number): void {
    if (reading < this.#allChangedAt || reading < (this.#changedAt.get(key) ?? 0)) return
    this.#copies.set(key, value, expires)
  }

  /** Must follow each `begin`, also after a read that failed. */
  end(): void {
    if (--this.#underWay === 0) this.#changedAt.clear()
  }

  changed(keys: readonly string[]): void {
    for (const key of keys) this.#copies.delete(key)
    if (this.#underWay === 0) return
    if (this.#changedAt.size + keys.length > MOST_CHANGES) {
      this.#changedAt.clear()
      this.#allChangedAt = ++this.#count
    }
    const at = ++this.#count
    for (const key of keys) this.#changedAt.set(key, at)
  }

  allChanged(): void {
    this.#copies.clear()
    this.#changedAt.clear()
    this.#allChangedAt = ++this.#count
  }
}
