import type { Config } from '../config/config.ts'
import type { Client } from './client.ts'

/** How much output a client may leave unread. Beyond a limit it is closed; 0 is no limit. */
interface OutputLimit {
  /** In bytes. */
  readonly hard: number
  /** In bytes. A client may be beyond it for some time. */
  readonly soft: number
  /** How long a client may be beyond the soft limit, in ms. */
  readonly softTime: number
}

const UNLIMITED: OutputLimit = { hard: 0, soft: 0, softTime: 0 }

/**
 * How much memory a connection may take: by requests that are not complete, and by output that the
 * client does not read.
 *
 * Only messages are limited: while replies are unread, no more requests of the client are run.
 * Other than in Redis, clients that are sent messages without a subscription (MONITOR, client
 * tracking) have the limit of pub/sub clients where `normal` has none.
 */
export class BufferLimits {
  /** Largest request that is not complete, in bytes. */
  query = 0
  readonly #clock: { readonly now: number }
  #normal = UNLIMITED
  #pubsub = UNLIMITED

  constructor(config: Config, clock: { readonly now: number }) {
    this.#clock = clock
    config.follow('client-query-buffer-limit', (value) => {
      this.query = Number(value)
    })
    config.follow('client-output-buffer-limit', (value) => {
      const normal = limitOf(value, 'normal')
      this.#pubsub = limitOf(value, 'pubsub')
      this.#normal = normal.hard > 0 || normal.soft > 0 ? normal : this.#pubsub
    })
  }

  /**
   * Returns true if a client has left too much output unread.
   *
   * @param unsent its output, in bytes
   */
  isExceeded(client: Client, unsent: number): boolean {
    const { hard, soft, softTime } = client.subscriptions > 0 ? this.#pubsub : this.#normal
    if (hard > 0 && unsent >= hard) return true
    if (soft === 0 || unsent < soft) {
      client.slowSince = undefined
      return false
    }
    client.slowSince ??= this.#clock.now
    return this.#clock.now - client.slowSince > softTime
  }
}

/** Reads the limit of a class: its name is followed by hard limit, soft limit, and seconds. */
function limitOf(parameter: string, name: string): OutputLimit {
  const words = parameter.split(' ')
  const at = words.indexOf(name)
  const [hard = 0, soft = 0, seconds = 0] = words.slice(at + 1, at + 4).map(Number)
  return { hard, soft, softTime: seconds * 1_000 }
}
