import type { Client } from '../clients/client.ts'
import { globMatcher, type Matcher } from '../data/glob.ts'
import { bulk } from '../protocol/reply.ts'
import { Subscriptions } from './subscriptions.ts'

/** The kinds of names that clients subscribe to. */
export type SubscriptionKind = 'channel' | 'pattern' | 'shard'

/** Channels, patterns and shard channels of the server, and who is subscribed to them. */
export class PubSub {
  readonly channels = new Subscriptions()
  readonly patterns = new Subscriptions()
  readonly shards = new Subscriptions()
  /** The patterns with a subscriber. */
  readonly #matchers = new Map<string, Matcher>()

  /** Returns the subscriptions of one kind. */
  of(kind: SubscriptionKind): Subscriptions {
    if (kind === 'channel') return this.channels
    return kind === 'pattern' ? this.patterns : this.shards
  }

  /** Number of subscriptions of a client that replies about a kind contain. */
  count(client: Client, kind: SubscriptionKind): number {
    if (kind === 'shard') return this.shards.namesOf(client).size
    return this.channels.namesOf(client).size + this.patterns.namesOf(client).size
  }

  subscribe(client: Client, kind: SubscriptionKind, name: string): void {
    if (this.of(kind).add(client, name)) client.subscriptions++
    if (kind === 'pattern' && !this.#matchers.has(name)) this.#matchers.set(name, globMatcher(name))
  }

  unsubscribe(client: Client, kind: SubscriptionKind, name: string): void {
    if (this.of(kind).remove(client, name)) client.subscriptions--
    if (kind === 'pattern' && this.patterns.clientsOf(name).size === 0) this.#matchers.delete(name)
  }

  /** Removes all subscriptions of a client. */
  forget(client: Client): void {
    if (client.subscriptions === 0) return
    for (const kind of ['channel', 'pattern', 'shard'] as const)
      for (const name of this.of(kind).namesOf(client)) this.unsubscribe(client, kind, name)
  }

  /** Sends a message to the subscribers of a channel. Returns how many times it was sent. */
  publish(channel: string, message: string): number {
    let receivers = send(this.channels.clientsOf(channel), 3, () => messageBody('message', channel, message))
    for (const [pattern, matches] of this.#matchers) {
      if (!matches(channel)) continue
      receivers += send(
        this.patterns.clientsOf(pattern),
        4,
        () => bulk('pmessage') + bulk(pattern) + bulk(channel) + bulk(message),
      )
    }
    return receivers
  }

  /** Sends a message to the subscribers of a shard channel. Returns how many there are. */
  publishToShard(channel: string, message: string): number {
    return send(this.shards.clientsOf(channel), 3, () => messageBody('smessage', channel, message))
  }
}

function messageBody(type: string, channel: string, message: string): string {
  return bulk(type) + bulk(channel) + bulk(message)
}

function send(clients: ReadonlySet<Client>, items: number, bodyOf: () => string): number {
  if (clients.size === 0) return 0
  const body = bodyOf()
  for (const client of clients) client.push(client.form.pushHeader(items) + body)
  return clients.size
}
