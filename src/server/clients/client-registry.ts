import type { Client } from './client.ts'

/** The clients that are connected, by their ids. */
export class ClientRegistry {
  readonly #clients = new Map<number, Client>()
  /** Called with each client whose connection is closed, by whoever keeps state about clients. */
  readonly closeListeners: ((client: Client) => void)[] = []
  #lastId = 0
  /** Connections since the start. */
  accepted = 0

  get size(): number {
    return this.#clients.size
  }

  nextId(): number {
    return ++this.#lastId
  }

  add(client: Client): void {
    this.accepted++
    this.#clients.set(client.id, client)
  }

  get(id: number): Client | undefined {
    return this.#clients.get(id)
  }

  /** Forgets a client whose connection is closed. */
  remove(client: Client): void {
    if (!this.#clients.delete(client.id)) return
    client.ended = true
    client.block?.release()
    for (const listener of this.closeListeners) listener(client)
  }

  /** In the order of their ids. */
  [Symbol.iterator](): IterableIterator<Client> {
    return this.#clients.values()
  }
}
