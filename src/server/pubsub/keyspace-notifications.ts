import type { Config } from '../config/config.ts'
import type { EventClass } from '../data/keyspace-observer.ts'
import type { PubSub } from './pub-sub.ts'

/**
 * Publishes what happens to keys, as far as `notify-keyspace-events` says: the event to
 * `__keyspace@0__:key`, the key to `__keyevent@0__:event`.
 */
export class KeyspaceNotifications {
  readonly #pubsub: PubSub
  #classes = ''
  #toKeyspace = false
  #toKeyevent = false

  constructor(config: Config, pubsub: PubSub) {
    this.#pubsub = pubsub
    config.follow('notify-keyspace-events', (classes) => {
      this.#toKeyspace = classes.includes('K')
      this.#toKeyevent = classes.includes('E')
      this.#classes = this.#toKeyspace || this.#toKeyevent ? classes : ''
    })
  }

  /** @param database index of the database */
  send(database: number, eventClass: EventClass, event: string, key: string): void {
    if (!this.#classes.includes(eventClass)) return
    if (this.#toKeyspace) this.#pubsub.publish(`__keyspace@${database}__:${key}`, event)
    if (this.#toKeyevent) this.#pubsub.publish(`__keyevent@${database}__:${event}`, key)
  }
}
