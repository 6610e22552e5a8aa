import type { Client } from './client.ts'

/** Requests that are held back: each blocks its client, and is sent through the gates again. */
export class PostponedRequests {
  readonly #clients = new Set<Client>()

  get size(): number {
    return this.#clients.size
  }

  /** Holds back the request of a client that is being dispatched. */
  add(client: Client, args: readonly string[]): void {
    this.#clients.add(client)
    client.link.postpone(args)
    client.block = {
      release: () => {
        this.#clients.delete(client)
        client.block = undefined
      },
    }
  }

  /** Lets them run. */
  run(): void {
    const clients = [...this.#clients]
    this.#clients.clear()
    for (const client of clients) {
      client.block = undefined
      client.link.resume()
    }
  }
}
