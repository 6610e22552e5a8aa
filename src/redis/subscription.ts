import type { Clock, Timer } from '../clock.ts'
import { ClosedError } from '../errors.ts'
import type { RedisCommandClient } from './client.ts'
import { retryDelay } from './connect-options.ts'
import { duplicateFor } from './duplicate.ts'
import { survivesSurplusReplies } from './surplus-replies.ts'

/** Longest time from the start of a connection until it is subscribed, in ms. */
const HANDSHAKE_TIMEOUT = 5_000
/** Time without a channel after which the connection is closed, in ms. */
const IDLE = 30_000

/** Receives the messages of a channel. */
export interface ChannelListener {
  /** Called at each subscription, after a lost connection again: messages may have been missed. */
  subscribed(): void
  message(message: string): void
  closed(error: Error): void
}

interface Channel {
  /** A key on a node to listen at. In a cluster every node has the messages of all. */
  readonly key: string
  readonly listeners: Set<ChannelListener>
}

/**
 * A connection that listens on channels. It is opened at the first one, again when it was lost, and
 * closed some time after the last one. A server that is gone, or that refuses, is asked again as
 * long as there are channels.
 */
export class Subscription {
  readonly #owner: string
  readonly #main: RedisCommandClient
  readonly #clock: Clock
  readonly #onClose: () => void
  readonly #channels = new Map<string, Channel>()
  #client: RedisCommandClient | undefined
  #ready = false
  #timer: Timer | undefined
  #attempt = 0
  #closed = false

  constructor(owner: string, main: RedisCommandClient, clock: Clock, onClose: () => void) {
    this.#owner = owner
    this.#main = main
    this.#clock = clock
    this.#onClose = onClose
  }

  /**
   * Listens on a channel.
   *
   * @param channel its whole name: no prefix is added
   * @returns a function that ends it
   */
  listen(channel: string, key: string, listener: ChannelListener): () => void {
    const entry = this.#channels.get(channel) ?? { key, listeners: new Set() }
    this.#channels.set(channel, entry)
    entry.listeners.add(listener)
    if (this.#ready) this.#subscribe([channel])
    else if (!this.#client) this.#open()
    return () => this.#end(channel, entry, listener)
  }

  /** Ends all channels with a ClosedError. A second call does nothing. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#clock.clearTimeout(this.#timer)
    this.#client?.disconnect()
    const error = new ClosedError(this.#owner)
    const listeners = [...this.#channels.values()].flatMap((channel) => [...channel.listeners])
    this.#channels.clear()
    for (const listener of listeners) listener.closed(error)
    this.#onClose()
  }

  #end(channel: string, entry: Channel, listener: ChannelListener): void {
    entry.listeners.delete(listener)
    if (entry.listeners.size > 0 || this.#channels.get(channel) !== entry) return
    this.#channels.delete(channel)
    if (this.#ready) this.#client?.callBuffer('unsubscribe', [channel]).catch(() => {})
    if (this.#channels.size === 0) this.#wait(IDLE)
  }

  #open(): void {
    this.#clock.clearTimeout(this.#timer)
    if (this.#closed || this.#main.status === 'end') return
    const [first] = this.#channels.values()
    const client = first && duplicateFor(this.#main, first.key)
    if (!client) return first && this.#wait(retryDelay(++this.#attempt))
    this.#client = client
    client.on('error', () => {})
    survivesSurplusReplies(client, () => client.disconnect())
    client.on('messageBuffer', (channel, message) => {
      for (const listener of this.#listenersOf(String(channel))) listener.message(String(message))
    })
    client.on('end', () => {
      if (this.#client !== client) return
      this.#client = undefined
      this.#ready = false
      if (this.#channels.size > 0) this.#wait(retryDelay(++this.#attempt))
    })
    this.#timer = this.#clock.setTimeout(() => client.disconnect(), HANDSHAKE_TIMEOUT)
    client.connect().then(
      () => {
        this.#ready = true
        this.#clock.clearTimeout(this.#timer)
        if (this.#channels.size === 0) this.#wait(IDLE)
        else this.#subscribe([...this.#channels.keys()])
      },
      () => client.disconnect(),
    )
  }

  #subscribe(channels: readonly string[]): void {
    const client = this.#client
    client?.callBuffer('subscribe', [...channels]).then(
      () => {
        this.#attempt = 0
        for (const listener of channels.flatMap((channel) => this.#listenersOf(channel)))
          listener.subscribed()
      },
      () => client.disconnect(),
    )
  }

  #listenersOf(channel: string): ChannelListener[] {
    return [...(this.#channels.get(channel)?.listeners ?? [])]
  }

  /** Opens the connection after a time; or closes it, if there is no channel then. */
  #wait(ms: number): void {
    this.#clock.clearTimeout(this.#timer)
    if (this.#closed) return
    const timer = this.#clock.setTimeout(() => {
      if (this.#channels.size === 0) this.#client?.disconnect()
      else if (!this.#client) this.#open()
    }, ms)
    this.#timer = timer.unref()
  }
}
