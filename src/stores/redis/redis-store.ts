import { OptionError } from '../../errors.ts'
import type {
  Follower,
  Following,
  FollowOptions,
  StampWrite,
  Store,
  StoreCapabilities,
  Touch,
  Write,
} from '../store.ts'
import { ABSENT, ANY, STAMP, TOUCH, WRITE } from './scripts.ts'
import type { RedisTopology } from './topology.ts'

/**
 * Implements the contract by commands of Redis. The topology sends them to the servers of their
 * keys.
 */
export class RedisStore implements Store {
  readonly capabilities: StoreCapabilities = { shared: true, conditional: true, ttlPrecision: 1 }
  readonly follow?: NonNullable<Store['follow']>
  readonly #topology: RedisTopology
  #following: Following | undefined

  constructor(topology: RedisTopology) {
    this.#topology = topology
    if (topology.follow) this.follow = (follower, options) => this.#follow(follower, options)
  }

  async getMany(keys: readonly string[]): Promise<(Buffer | null | Error)[]> {
    return this.#open().get(keys)
  }

  async stampMany(stamps: readonly StampWrite[]): Promise<(Buffer | Error)[]> {
    const calls = stamps.map(({ key, kind, ttl, onlyAbsent }) => {
      return { key, kind, args: [String(ttl), onlyAbsent ? '1' : '0'] }
    })
    return this.#open().run(STAMP, calls)
  }

  async setMany(entries: readonly Write[]): Promise<(boolean | Error)[]> {
    const calls = entries.map(({ key, ttl, notAfter, ifStamp, value }) => {
      const condition = ifStamp === undefined ? ANY : (ifStamp ?? ABSENT)
      const args = [String(ttl), notAfter === undefined ? '' : String(notAfter), condition, value]
      return { key, kind: 'entry' as const, args }
    })
    return this.#open().run(WRITE, calls)
  }

  async touchMany(items: readonly Touch[]): Promise<(boolean | Error)[]> {
    const calls = items.map(({ key, ttl }) => ({ key, args: [String(ttl)] }))
    return this.#open().run(TOUCH, calls)
  }

  async deleteMany(keys: readonly string[]): Promise<number> {
    return this.#open().unlink(keys)
  }

  async *keys(prefix: string): AsyncIterable<string> {
    for await (const page of this.#open().scan(prefix)) yield* page
  }

  async clear(prefix: string): Promise<void> {
    const topology = this.#open()
    for await (const page of topology.scan(prefix)) await topology.unlink(page)
  }

  async clock(): Promise<number> {
    return this.#open().clock()
  }

  async close(): Promise<void> {
    await Promise.all([this.#following?.close(), this.#topology.close()])
  }

  /** @throws ClosedError */
  #open(): RedisTopology {
    this.#topology.checkOpen()
    return this.#topology
  }

  #follow(follower: Follower, options: FollowOptions): Following {
    const topology = this.#open() as Required<RedisTopology>
    if (this.#following) {
      throw new OptionError('This redisStore is followed by another tieredStore: make a redisStore for each')
    }
    this.#following = topology.follow(follower, options)
    return this.#following
  }
}
