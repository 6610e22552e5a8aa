import type { Client } from '../clients/client.ts'
import type { ClientRegistry } from '../clients/client-registry.ts'
import type { Flushable, Outbox } from '../clients/outbox.ts'
import { keysOf, type TableCommand } from '../commands/command-info.ts'
import type { Config } from '../config/config.ts'
import { bulk, bulkArray, integer } from '../protocol/reply.ts'
import { TrackedKeys } from './tracked-keys.ts'
import { TrackedPrefixes } from './tracked-prefixes.ts'

/** Options of CLIENT TRACKING ON. */
export interface TrackingOptions {
  /** Id of the client that is sent the invalidations; 0 for the client itself. */
  readonly redirect: number
  readonly broadcast: boolean
  readonly optIn: boolean
  readonly optOut: boolean
  /** The client is not told of what it changes itself. */
  readonly noLoop: boolean
}

/** Client tracking of one client. */
export interface TrackingState extends TrackingOptions {
  /** CLIENT CACHING was sent: it is for the next request, or transaction. */
  readonly caching: boolean
  /** The client that invalidations are sent to has gone. */
  readonly isRedirectBroken: boolean
  /** Prefixes of BCAST. */
  readonly prefixes: ReadonlySet<string>
}

interface MutableState {
  options: TrackingOptions
  caching: boolean
  isRedirectBroken: boolean
  readonly prefixes: Set<string>
}

/** The channel of invalidations, for clients in pub/sub mode of RESP2. */
const CHANNEL = '__redis__:invalidate'

/**
 * Server-assisted client-side caching: tells clients which of the keys that they have read were
 * changed, or (BCAST) which keys with a prefix were.
 *
 * Invalidations of what a client has read are sent at once, but after the reply to its own request.
 * Broadcasts are sent with the replies of the chunk of requests that made the changes.
 */
export class Tracking implements Flushable {
  readonly keys = new TrackedKeys()
  readonly prefixes = new TrackedPrefixes()
  readonly #clients: ClientRegistry
  readonly #outbox: Outbox
  readonly #states = new Map<Client, MutableState>()
  #maxKeys = 0
  #isInOutbox = false

  constructor(clients: ClientRegistry, outbox: Outbox, config: Config) {
    this.#clients = clients
    this.#outbox = outbox
    config.follow('tracking-table-max-keys', (value) => {
      this.#maxKeys = Number(value)
      this.#limitKeys()
    })
  }

  /** Number of clients with tracking. */
  get size(): number {
    return this.#states.size
  }

  of(client: Client): TrackingState | undefined {
    const state = this.#states.get(client)
    return state && { ...state.options, ...state }
  }

  enable(client: Client, options: TrackingOptions, prefixes: readonly string[]): void {
    const known = this.#states.get(client)
    const state = known ?? { options, caching: false, isRedirectBroken: false, prefixes: new Set<string>() }
    state.options = options
    state.isRedirectBroken = false
    if (options.broadcast) {
      for (const prefix of prefixes.length > 0 ? prefixes : ['']) {
        state.prefixes.add(prefix)
        this.prefixes.add(client, prefix)
      }
    }
    this.#states.set(client, state)
  }

  disable(client: Client): void {
    const state = this.#states.get(client)
    if (!state) return
    for (const prefix of state.prefixes) this.prefixes.remove(client, prefix)
    this.#states.delete(client)
  }

  /** CLIENT CACHING: changes what is remembered of the next request, or transaction. */
  setCaching(client: Client): void {
    const state = this.#states.get(client)
    if (!state) return
    state.caching = true
    client.afterRequest = () => {
      if (client.inTransaction || client.lastCommand.startsWith('client|')) return
      state.caching = false
      client.afterRequest = undefined
    }
  }

  /** Remembers the keys of a reading command of a client. */
  remember(client: Client, command: TableCommand, args: readonly string[]): void {
    if (isRead(command) && this.#states.has(client)) this.rememberKeys(client, keysOf(command, args))
  }

  /** Remembers keys that a client has read, unless it asked for other ones. */
  rememberKeys(client: Client, keys: Iterable<string>): void {
    const state = this.#states.get(client)
    if (!state || state.options.broadcast) return
    const { optIn, optOut } = state.options
    if ((optIn && !state.caching) || (optOut && state.caching)) return
    for (const key of keys) this.keys.add(key, client.id)
    this.#limitKeys()
  }

  /**
   * A key was changed.
   *
   * @param by the client whose request has changed it
   */
  changed(key: string, by: Client | undefined): void {
    if (this.#states.size === 0) return
    if (this.prefixes.size > 0 && this.prefixes.changed(key, by)) this.#broadcastSoon()
    this.#invalidate(key, by)
  }

  /** Databases were emptied: all keys are invalid. */
  flushed(): void {
    for (const client of this.#states.keys()) this.#send(client, client.form.nil)
    this.keys.clear()
  }

  /** Sends the broadcasts. Called by the outbox. */
  flush(): void {
    this.#isInOutbox = false
    this.prefixes.broadcast(
      (client) => this.#states.get(client)?.options.noLoop === true,
      (client, keys) => this.#send(client, keys),
    )
  }

  /** Forgets the oldest keys beyond the limit, as if they had been changed. */
  #limitKeys(): void {
    while (this.#maxKeys > 0 && this.keys.size > this.#maxKeys)
      this.#invalidate(this.keys.oldest ?? '', undefined)
  }

  #broadcastSoon(): void {
    if (this.#isInOutbox) return
    this.#isInOutbox = true
    this.#outbox.add(this)
  }

  #invalidate(key: string, by: Client | undefined): void {
    const readers = this.keys.take(key)
    if (!readers) return
    for (const id of readers) {
      const client = this.#clients.get(id)
      const options = client && this.#states.get(client)?.options
      if (!options || options.broadcast || (options.noLoop && client === by)) continue
      this.#send(client, bulkArray([key]))
    }
  }

  /** @param keys an encoded array of keys, or a null for all */
  #send(client: Client, keys: string): void {
    const state = this.#states.get(client)
    if (!state) return
    const { redirect } = state.options
    const receiver = redirect === 0 ? client : this.#clients.get(redirect)
    if (!receiver) {
      state.isRedirectBroken = true
      const { form } = client
      if (form.version === 3)
        client.pushAfterReply(form.pushHeader(2) + bulk('tracking-redir-broken') + integer(redirect))
    } else if (receiver.form.version === 3)
      receiver.pushAfterReply(receiver.form.pushHeader(2) + bulk('invalidate') + keys)
    else if (redirect !== 0 && receiver.subscriptions > 0)
      receiver.pushAfterReply(receiver.form.pushHeader(3) + bulk('message') + bulk(CHANNEL) + keys)
  }
}

/** Returns true for commands whose keys are tracked. A script's are, once it calls one of these. */
export function isRead(command: TableCommand): boolean {
  return command.flagSet.has('readonly') && command.group !== 'scripting'
}
