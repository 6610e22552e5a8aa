import { isUtf8 } from 'node:buffer'
import type { Clock, Timer } from '../../../clock.ts'
import { StoreError } from '../../../errors.ts'
import { describeServer, keyPrefixOf, type RedisServerClient } from '../../../redis/client.ts'
import { storeFailure } from '../../../redis/failure.ts'
import { keepsConnecting } from '../../../redis/keeps-connecting.ts'
import { survivesSurplusReplies } from '../../../redis/surplus-replies.ts'
import type { Follower, Following, FollowOptions } from '../../store.ts'
import { CHANNEL, checkNotices } from './notice-frames.ts'

/** Time without a reply after which the connection is reopened, in ms. */
const DEAD_AFTER = 5_000
/** Pause before the next attempt where the server refuses, in ms. */
const REFUSED_PAUSE = 5_000

interface FollowingSettings {
  readonly keyPrefix?: string
  readonly retryStrategy?: (times: number) => number
}

/**
 * Follows one server by client-side caching (`CLIENT TRACKING`, broadcasting mode; Redis 6). A
 * connection of its own receives every key that is written, expires or is evicted. It redirects to
 * itself, so that reports and replies to `PING` arrive in order: a reply means that all earlier
 * writes have been reported.
 */
export class RedisFollowing implements Following {
  readonly #main: RedisServerClient
  readonly #client: RedisServerClient
  readonly #stopConnecting: () => void
  readonly #keyPrefix: string
  readonly #clock: Clock
  readonly #follower: Follower
  readonly #options: FollowOptions
  #timer: Timer | undefined
  #isFollowing = false
  #askedAt: number | undefined
  #failure: Error | undefined
  #closed = false

  /**
   * @param main client of the store: when it reconnects, perhaps to another server, this one does
   * too
   * @param settings keyPrefix and retryStrategy, if they differ from those of `main`
   */
  constructor(
    main: RedisServerClient,
    clock: Clock,
    follower: Follower,
    options: FollowOptions,
    { keyPrefix = keyPrefixOf(main), ...connect }: FollowingSettings = {},
  ) {
    this.#main = main
    this.#clock = clock
    this.#follower = follower
    this.#options = options
    this.#keyPrefix = keyPrefix
    const client = main.duplicate({
      // Reports come as messages of a subscription.
      protocol: 2,
      // Options that need protocol 3, and those that would delay a PING.
      replyMapping: 'legacy',
      enableAutoPipelining: false,
      autoResubscribe: false,
      lazyConnect: false,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      ...connect,
    })
    this.#client = client
    client.on('connect', () => checkNotices(client, this.#leaveBroken))
    client.on('ready', this.#begin)
    client.on('close', this.#lost)
    client.on('error', (error) => {
      this.#failure = storeFailure(describeServer(client), 'reports no changes', error)
    })
    client.on('messageBuffer', (channel, keys) => {
      if (String(channel) === CHANNEL) this.#told(keys)
    })
    survivesSurplusReplies(client, this.#reconnect)
    this.#stopConnecting = keepsConnecting(client, clock)
    main.on('close', this.#reconnect)
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#lost()
    this.#closed = true
    this.#main.off('close', this.#reconnect)
    this.#stopConnecting()
    this.#client.disconnect()
  }

  readonly #begin = async (): Promise<void> => {
    const client = this.#client
    const { prefix } = this.#options
    try {
      const id = String(await client.client('ID'))
      const prefixes = this.#keyPrefix + prefix === '' ? [] : ['PREFIX', this.#keyPrefix + prefix]
      await client.client('TRACKING', 'ON', 'REDIRECT', id, 'BCAST', ...prefixes)
      const askedAt = this.#clock.now()
      await client.subscribe(CHANNEL)
      if (this.#closed) return
      this.#isFollowing = true
      this.#failure = undefined
      this.#follower.allChanged()
      this.#follower.following()
      this.#follower.toldUntil(askedAt)
      this.#timer = this.#clock.setInterval(this.#ask, this.#options.every).unref()
    } catch (error) {
      // A connection that was lost meanwhile begins again by itself.
      if (this.#closed || client.status !== 'ready') return
      this.#follower.lost(
        storeFailure(
          describeServer(client),
          "refuses CLIENT TRACKING, which coherence: 'stream' does without",
          error,
        ),
      )
      this.#timer = this.#clock.setTimeout(this.#begin, REFUSED_PAUSE).unref()
    }
  }

  #told(keys: unknown): void {
    if (!this.#isFollowing) return
    const begin = this.#keyPrefix + this.#options.prefix
    const texts = Array.isArray(keys) ? keys.map((key) => textOf(key, begin)) : []
    // Null reports that all keys were removed. A damaged key may have been any key.
    if (texts.length === 0 || texts.includes(undefined)) return this.#follower.allChanged()
    const skip = this.#keyPrefix.length
    this.#follower.changed((texts as string[]).map((key) => key.slice(skip)))
  }

  readonly #ask = (): void => {
    const now = this.#clock.now()
    if (this.#askedAt !== undefined) {
      // One PING at a time. A peer that is gone sends nothing.
      if (now - this.#askedAt >= DEAD_AFTER) this.#reconnect()
      return
    }
    this.#askedAt = now
    this.#client.ping().then(
      () => {
        if (this.#askedAt !== now) return
        this.#askedAt = undefined
        this.#follower.toldUntil(now)
      },
      () => {},
    )
  }

  /** Handles a damaged message: earlier reports may have been damaged too. */
  readonly #leaveBroken = (): void => {
    if (this.#closed) return
    this.#failure = new StoreError(
      `${describeServer(this.#client)} reports no changes: its message is damaged`,
    )
    this.#lost()
    this.#client.disconnect(true)
  }

  readonly #reconnect = (): void => {
    if (this.#closed || !this.#isFollowing) return
    this.#lost()
    this.#client.disconnect(true)
  }

  readonly #lost = (): void => {
    // An interval or a timeout: both are cleared this way.
    this.#clock.clearTimeout(this.#timer)
    this.#timer = undefined
    this.#askedAt = undefined
    if (!this.#isFollowing && this.#failure === undefined) return
    this.#isFollowing = false
    this.#follower.lost(this.#failure)
    this.#follower.allChanged()
  }
}

/** Decodes a key; undefined for one that is not followed. */
function textOf(key: unknown, begin: string): string | undefined {
  const text = Buffer.isBuffer(key) && isUtf8(key) ? key.toString() : undefined
  return text?.startsWith(begin) ? text : undefined
}
