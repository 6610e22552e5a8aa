import type { Client } from '../clients/client.ts'
import type { Database } from '../data/database.ts'

/** The keys that clients watch: EXEC does nothing if one was changed meanwhile. */
export class WatchedKeys {
  readonly #clients = new Map<Database, Map<string, Set<Client>>>()
  readonly #keys = new Map<Client, { readonly database: Database; readonly key: string }[]>()
  /** Clients of which a key was changed. Their keys are not watched any more. */
  readonly #changed = new Set<Client>()

  /** Number of clients that watch a key. */
  get size(): number {
    return this.#keys.size
  }

  /** Returns true if a key that the client watched was changed. */
  isChanged(client: Client): boolean {
    return this.#changed.has(client)
  }

  watch(client: Client, database: Database, key: string): void {
    if (this.#changed.has(client)) return
    // A key past its expiry is absent: that it is removed is no change.
    database.peek(key)
    if (this.#changed.has(client)) return
    const byKey = this.#clients.get(database) ?? new Map<string, Set<Client>>()
    this.#clients.set(database, byKey)
    const clients = byKey.get(key) ?? new Set<Client>()
    byKey.set(key, clients)
    if (clients.has(client)) return
    clients.add(client)
    const keys = this.#keys.get(client)
    if (keys) keys.push({ database, key })
    else this.#keys.set(client, [{ database, key }])
  }

  /** Ends all that a client watches, and forgets what was changed. */
  unwatch(client: Client): void {
    this.#changed.delete(client)
    this.#stopWatching(client)
  }

  /** Removes the keys past their expiry that a client watches, so that they count as changed. */
  expire(client: Client): void {
    for (const { database, key } of this.#keys.get(client) ?? []) database.peek(key)
  }

  /** A key was changed. */
  changed(database: Database, key: string): void {
    if (this.#keys.size === 0) return
    const clients = this.#clients.get(database)?.get(key)
    if (!clients) return
    for (const client of clients) {
      this.#changed.add(client)
      this.#stopWatching(client)
    }
  }

  /** Two databases were exchanged: the keys that either has count as changed. */
  swapped(first: Database, second: Database): void {
    for (const database of [first, second])
      for (const key of [...(this.#clients.get(database)?.keys() ?? [])])
        if (first.peek(key) || second.peek(key)) this.changed(database, key)
  }

  #stopWatching(client: Client): void {
    const keys = this.#keys.get(client) ?? []
    this.#keys.delete(client)
    for (const { database, key } of keys) {
      const byKey = this.#clients.get(database)
      const clients = byKey?.get(key)
      clients?.delete(client)
      if (clients?.size === 0) byKey?.delete(key)
    }
  }
}
