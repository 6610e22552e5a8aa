import type { Entry } from './entry.ts'
import { EntryMap } from './entry-map.ts'

const NEVER = Number.POSITIVE_INFINITY

/** The entries of a database by their keys, and which of them expire. */
export class KeyTable {
  readonly entries = new EntryMap()
  /** The keys with an expiry. */
  readonly expiring = new EntryMap()

  insert(key: string, entry: Entry): void {
    this.entries.set(key, entry)
    if (entry.expiresAt !== NEVER) this.expiring.set(key, entry)
  }

  /** Returns the entry that was removed. */
  remove(key: string): Entry | undefined {
    const entry = this.entries.map.get(key)
    if (entry === undefined) return undefined
    this.entries.delete(key)
    if (entry.expiresAt !== NEVER) this.expiring.delete(key)
    return entry
  }

  /**
   * Sets the expiry of a key. Returns false if the key is absent.
   *
   * @param at in ms since 1970
   */
  setExpiry(key: string, at: number): boolean {
    const entry = this.entries.map.get(key)
    if (entry === undefined) return false
    entry.expiresAt = at
    this.expiring.set(key, entry)
    return true
  }

  /** Removes the expiry of a key. Returns false if it has none. */
  persist(key: string): boolean {
    const entry = this.expiring.map.get(key)
    if (entry === undefined) return false
    entry.expiresAt = NEVER
    this.expiring.delete(key)
    return true
  }
}
