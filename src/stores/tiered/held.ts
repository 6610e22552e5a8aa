import type { Copies, Copy } from '../store.ts'

/**
 * How many changes are remembered while reads are under way. Beyond them every read counts as
 * overtaken.
 */
const MOST_CHANGES = 10_000

/** A read of the second store that has begun. */
export type Reading = number

/**
 * The copies of a first tier, and the reads that will bring new ones. What changes while it is
 * being read is not kept: the news of a write may overtake the answer of a read that was made
 * before it.
 */
export class Held {
  readonly #copies: Copies
  /** Counts reads that begin and keys that change, so that it can be said which came first. */
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

  /** Keeps a copy of what a read has brought, unless it changed after the read began. */
  keep(reading: Reading, key: string, value: Buffer, expires: number): void {
    if (reading < this.#allChangedAt || reading < (this.#changedAt.get(key) ?? 0)) return
    this.#copies.set(key, value, expires)
  }

  /** Must follow each `begin`, also where the read failed. */
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
