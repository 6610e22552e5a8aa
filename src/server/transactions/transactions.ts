import type { Client } from '../clients/client.ts'
import type { TableCommand } from '../commands/command-info.ts'
import { error } from '../protocol/reply.ts'
import type { WatchedKeys } from './watched-keys.ts'

/** Requests that a client has sent since MULTI. */
export class Transaction {
  readonly requests: (readonly string[])[] = []
  /** Estimated memory of the requests, in bytes. */
  bytes = 0
  /** A request was refused: EXEC fails. */
  failed = false
  /** Those of the requests, in their order. */
  readonly #commands: TableCommand[] = []

  add(command: TableCommand, args: readonly string[]): void {
    this.requests.push(args)
    this.#commands.push(command)
    for (const arg of args) this.bytes += arg.length + 16
  }

  /** Returns true if one of the requests fits. */
  some(fits: (command: TableCommand, args: readonly string[]) => boolean): boolean {
    return this.requests.some((args, n) => fits(this.#commands[n] as TableCommand, args))
  }
}

/** The transactions that are open: between MULTI and EXEC. */
export class Transactions {
  readonly #watched: WatchedKeys
  readonly #open = new Map<Client, Transaction>()

  constructor(watched: WatchedKeys) {
    this.#watched = watched
  }

  begin(client: Client): void {
    this.#open.set(client, new Transaction())
    client.queued = 0
  }

  of(client: Client): Transaction | undefined {
    return client.inTransaction ? this.#open.get(client) : undefined
  }

  /**
   * Keeps a request for EXEC. Nothing is kept for a transaction that fails anyway.
   *
   * @returns estimated memory of the queue, in bytes
   */
  queue(client: Client, command: TableCommand, args: readonly string[]): number {
    const transaction = this.#open.get(client)
    if (!transaction || transaction.failed || this.#watched.isChanged(client)) return 0
    transaction.add(command, args)
    client.queued = transaction.requests.length
    return transaction.bytes
  }

  /** Ends the transaction of a client, and what it watches. */
  end(client: Client): void {
    this.#watched.unwatch(client)
    this.#open.delete(client)
    client.queued = -1
  }

  /**
   * A request was refused before it ran: the transaction under way fails. Returns the reply.
   *
   * @param command name of the command; empty if it is unknown
   * @param refusal an encoded error
   */
  refuse(client: Client, command: string, refusal: string): string {
    if (command === 'exec') {
      this.end(client)
      const reason = refusal.slice(1, -2).replace(/^ERR /, '')
      return error(`EXECABORT Transaction discarded because of: ${reason}`)
    }
    const transaction = this.#open.get(client)
    if (transaction) transaction.failed = true
    return refusal
  }
}
