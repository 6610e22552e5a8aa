import type { Client } from '../clients/client.ts'
import { bulkArray } from '../protocol/reply.ts'

interface Prefix {
  readonly clients: Set<Client>
  /** Keys that were changed since the last broadcast, with the client that changed it last. */
  readonly changed: Map<string, Client | undefined>
}

/** Called for each client that is told of changed keys, with an encoded array of them. */
export type Deliver = (client: Client, keys: string) => void

/** The prefixes of keys whose changes are broadcast. */
export class TrackedPrefixes {
  readonly #prefixes = new Map<string, Prefix>()

  /** Number of prefixes. */
  get size(): number {
    return this.#prefixes.size
  }

  add(client: Client, prefix: string): void {
    const found = this.#prefixes.get(prefix)
    if (found) found.clients.add(client)
    else this.#prefixes.set(prefix, { clients: new Set([client]), changed: new Map() })
  }

  remove(client: Client, prefix: string): void {
    const found = this.#prefixes.get(prefix)
    found?.clients.delete(client)
    if (found?.clients.size === 0) this.#prefixes.delete(prefix)
  }

  /** Notes a changed key for the next broadcast. Returns false if it has none of the prefixes. */
  changed(key: string, by: Client | undefined): boolean {
    let isTracked = false
    for (const [prefix, { changed }] of this.#prefixes) {
      if (!key.startsWith(prefix)) continue
      changed.set(key, by)
      isTracked = true
    }
    return isTracked
  }

  /**
   * Delivers what was changed since the last broadcast.
   *
   * @param skipsOwn true for clients that are not told of what they changed themselves
   */
  broadcast(skipsOwn: (client: Client) => boolean, deliver: Deliver): void {
    for (const prefix of [...this.#prefixes.keys()].sort()) {
      const { clients, changed } = this.#prefixes.get(prefix) as Prefix
      if (changed.size === 0) continue
      const keys = [...changed.keys()].sort()
      const all = bulkArray(keys)
      for (const client of clients) {
        if (!skipsOwn(client)) {
          deliver(client, all)
          continue
        }
        const others = keys.filter((key) => changed.get(key) !== client)
        if (others.length > 0) deliver(client, bulkArray(others))
      }
      changed.clear()
    }
  }
}
