import type { RedisCommandClient } from './client.ts'

/** A command that has no reply yet. */
interface Trip {
  /** Number of the connection that it is sent by. */
  readonly connection: number
  readonly reject: (reason: Error) => void
}

/** Commands of one client, by the connection that each is sent by. */
export class Trips {
  readonly #trips = new Set<Trip>()
  #connection = 0

  /** Sends a command. Settles like it, or rejects when its connection is lost. */
  until(
    command: (client: RedisCommandClient) => Promise<unknown>,
    client: RedisCommandClient,
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      // ioredis keeps others for the next connection.
      const isSent = client.status === 'ready' && client.stream?.writable !== false
      const trip: Trip = { connection: this.#connection + (isSent ? 0 : 1), reject }
      this.#trips.add(trip)
      const settled = () => this.#trips.delete(trip)
      const sent = command(client)
      sent.then(settled, settled)
      sent.then(resolve, reject)
    })
  }

  /** Counts a new connection: commands that waited for it are sent. */
  connected(): void {
    this.#connection++
  }

  /** Ends the commands that were sent by the last connection. */
  lost(): void {
    for (const trip of this.#trips) {
      if (trip.connection > this.#connection) continue
      this.#trips.delete(trip)
      trip.reject(new Error('Connection is closed.'))
    }
  }
}
