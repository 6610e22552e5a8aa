import type { Client } from '../clients/client.ts'

const NO_CLIENTS: ReadonlySet<Client> = new Set()
const NO_NAMES: ReadonlySet<string> = new Set()

/** The clients that are subscribed to names: channels, patterns or shard channels. */
export class Subscriptions {
  readonly #clients = new Map<string, Set<Client>>()
  readonly #names = new Map<Client, Set<string>>()

  /** Number of names with a subscriber. */
  get size(): number {
    return this.#clients.size
  }

  /** Names with a subscriber. */
  get names(): Iterable<string> {
    return this.#clients.keys()
  }

  /** Returns false if the client is subscribed already. */
  add(client: Client, name: string): boolean {
    const names = this.#names.get(client)
    if (names?.has(name)) return false
    if (names) names.add(name)
    else this.#names.set(client, new Set([name]))
    const clients = this.#clients.get(name)
    if (clients) clients.add(client)
    else this.#clients.set(name, new Set([client]))
    return true
  }

  /** Returns false if the client is not subscribed. */
  remove(client: Client, name: string): boolean {
    const names = this.#names.get(client)
    if (!names?.delete(name)) return false
    if (names.size === 0) this.#names.delete(client)
    const clients = this.#clients.get(name)
    clients?.delete(client)
    if (clients?.size === 0) this.#clients.delete(name)
    return true
  }

  /** The names that a client is subscribed to, in the order of its subscriptions. */
  namesOf(client: Client): ReadonlySet<string> {
    return this.#names.get(client) ?? NO_NAMES
  }

  /** The subscribers of a name, in the order of their subscriptions. */
  clientsOf(name: string): ReadonlySet<Client> {
    return this.#clients.get(name) ?? NO_CLIENTS
  }
}
