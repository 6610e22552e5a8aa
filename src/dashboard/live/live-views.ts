import type { ServerResponse } from 'node:http'
import type { Clock, Timer } from '../../clock.ts'
import { EventClient } from './event-client.ts'

/** Browsers that follow pages at the same time. Further ones are told to come back. */
export const MOST_CLIENTS = 50
const BEAT_MS = 15_000
/** A connection ends after this, and the browser opens a new one: `authorize` is asked again. */
const LONGEST_MS = 10 * 60_000

/** A page that browsers follow. */
export interface LiveView {
  /** Equal for browsers that follow the same page. */
  readonly key: string
  /** Time between two updates, in ms. */
  readonly interval: number
  /** Returns the data of an update, on one line. */
  render(): Promise<string>
}

interface Followed {
  readonly view: LiveView
  readonly clients: Set<EventClient>
  readonly timer: Timer
  busy: boolean
}

/**
 * The pages that browsers follow by server-sent events. A page is rendered once for all who follow
 * it, and not at all while nobody does.
 */
export class LiveViews {
  readonly #clock: Clock
  readonly #followed = new Map<string, Followed>()
  #clients = 0
  #heartbeat: Timer | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Number of browsers that follow a page. */
  get clients(): number {
    return this.#clients
  }

  /** Follows a page until the response ends. Its headers were sent. */
  follow(view: LiveView, response: ServerResponse): void {
    // The browser left while authorize was asked: there is no further `close`.
    if (response.destroyed || response.closed) return
    const client = new EventClient(response, this.#clock)
    const followed = this.#followed.get(view.key) ?? this.#begin(view)
    followed.clients.add(client)
    this.#clients++
    this.#heartbeat ??= this.#clock.setInterval(() => this.#beat(), BEAT_MS).unref()
    response.once('close', () => this.#leave(followed, client))
    response.on('error', () => {}) // A browser that is gone.
    void this.#update(followed)
  }

  /** Ends all connections. */
  close(): void {
    for (const { clients } of this.#followed.values()) for (const client of clients) client.end()
  }

  #begin(view: LiveView): Followed {
    const followed: Followed = {
      view,
      clients: new Set(),
      timer: this.#clock.setInterval(() => void this.#update(followed), view.interval).unref(),
      busy: false,
    }
    this.#followed.set(view.key, followed)
    return followed
  }

  #leave(followed: Followed, client: EventClient): void {
    if (!followed.clients.delete(client)) return
    this.#clients--
    if (followed.clients.size > 0) return
    this.#clock.clearInterval(followed.timer)
    this.#followed.delete(followed.view.key)
    if (this.#followed.size > 0) return
    this.#clock.clearInterval(this.#heartbeat)
    this.#heartbeat = undefined
  }

  async #update(followed: Followed): Promise<void> {
    for (const client of followed.clients) if (client.serverStopped || client.age > LONGEST_MS) client.end()
    // A render that takes longer than the interval is not joined by further ones.
    if (followed.busy || followed.clients.size === 0) return
    followed.busy = true
    try {
      const data = await followed.view.render()
      for (const client of followed.clients) client.send('view', data)
    } catch {
      for (const client of followed.clients) client.send('failed', '')
    } finally {
      followed.busy = false
    }
  }

  #beat(): void {
    for (const { clients } of this.#followed.values()) for (const client of clients) client.beat()
  }
}
