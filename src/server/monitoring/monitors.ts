import type { Client } from '../clients/client.ts'
import type { TableCommand } from '../commands/command-info.ts'
import { simple } from '../protocol/reply.ts'
import { quoted } from './quoted.ts'
import { redacted } from './redacted.ts'

/** Where a request comes from. */
export interface RequestSource {
  readonly client: Client
  readonly database: { readonly index: number }
  readonly origin: 'client' | 'script'
}

/** The clients that are shown all requests: MONITOR. */
export class Monitors {
  readonly #clients = new Set<Client>()
  readonly #clock: { micros(): number }

  constructor(clock: { micros(): number }) {
    this.#clock = clock
  }

  get size(): number {
    return this.#clients.size
  }

  has(client: Client): boolean {
    return this.#clients.has(client)
  }

  add(client: Client): void {
    this.#clients.add(client)
  }

  remove(client: Client): void {
    this.#clients.delete(client)
  }

  /** Shows a request. Commands for administrators are not shown. */
  show({ client, database, origin }: RequestSource, command: TableCommand, args: readonly string[]): void {
    if (command.flagSet.has('admin')) return
    const now = this.#clock.micros()
    const seconds = Math.floor(now / 1_000_000)
    const micros = String(now % 1_000_000).padStart(6, '0')
    const from = origin === 'script' ? 'lua' : client.link.address
    const shown = redacted(command, args).map(quoted).join(' ')
    const line = simple(`${seconds}.${micros} [${database.index} ${from}] ${shown}`)
    for (const monitor of this.#clients) monitor.pushAfterReply(line)
  }
}
