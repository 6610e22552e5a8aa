import type { Clock } from '../../clock.ts'
import { StoreError } from '../../errors.ts'
import { fnv1a } from '../fnv1a.ts'
import { PipelinedConnection } from '../network/pipelined-connection.ts'
import { type Connection, META } from './meta-protocol.ts'

interface Server {
  readonly seed: number
  readonly connection: Connection
}

/**
 * Chooses the server of each key by rendezvous hashing (Thaler and Ravishankar 1998): the one with
 * the highest score. If a server is added or removed, only its own keys move.
 */
export class Servers {
  readonly #servers: readonly Server[]

  constructor(
    addresses: readonly { readonly host: string; readonly port: number }[],
    timeout: number,
    clock: Clock,
  ) {
    this.#servers = addresses.map(({ host, port }) => ({
      seed: fnv1a(`${host}:${port}`),
      connection: new PipelinedConnection(META, { host, port, timeout }, clock),
    }))
  }

  /**
   * Sends each item to the server of its key: to all servers at once, in one round trip.
   *
   * @returns the results of `send` in the order of the items; an Error where a server failed.
   * Rejects only if all servers failed.
   */
  async send<Item extends { readonly key: string }, Result>(
    items: readonly Item[],
    send: (connection: Connection, items: readonly Item[]) => Promise<readonly (Result | Error)[]>,
  ): Promise<(Result | Error)[]> {
    const places = new Map<Connection, number[]>()
    items.forEach(({ key }, n) => {
      const connection = this.#of(key)
      const known = places.get(connection)
      if (known) known.push(n)
      else places.set(connection, [n])
    })
    const results: (Result | Error)[] = new Array(items.length)
    let failed = 0
    let failure: Error | undefined
    await Promise.all(
      [...places].map(async ([connection, numbers]) => {
        try {
          const answers = await send(
            connection,
            numbers.map((n) => items[n] as Item),
          )
          numbers.forEach((n, i) => {
            results[n] = answers[i] ?? new StoreError(`${connection.server} answered too little`)
          })
        } catch (error) {
          failed++
          failure = error as Error
          for (const n of numbers) results[n] = failure
        }
      }),
    )
    if (failure && failed === places.size) throw failure
    return results
  }

  close(): void {
    for (const { connection } of this.#servers) connection.close()
  }

  #of(key: string): Connection {
    const [first] = this.#servers
    if (this.#servers.length === 1 && first) return first.connection
    const hash = fnv1a(key)
    let best = -1
    let found = first as Server
    for (const server of this.#servers) {
      const score = mix(hash ^ server.seed)
      if (score <= best) continue
      best = score
      found = server
    }
    return found.connection
  }
}

/** The finalizer of MurmurHash3: every bit of its argument counts for every bit of its result. */
function mix(bits: number): number {
  let hash = bits
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
