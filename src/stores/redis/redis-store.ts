import { OptionError } from '../../errors.ts'
import type { Following, StampWrite, Store, StoreCapabilities, Touch, Write } from '../store.ts'
import { writeCall } from './script-call.ts'
import { DELETE, STAMP, TOUCH, WRITE } from './scripts.ts'
import type { RedisTopology } from './topology.ts'

/**
 * Implements the contract by commands of Redis. The topology sends them to the servers of their
 * keys.
 */
export class RedisStore implements Store {
  readonly capabilities: StoreCapabilities = { shared: true, conditional: true, ttlPrecision: 1 }
  readonly follow?: NonNullable<Store['follow']>
  readonly followLog?: NonNullable<Store['followLog']>
  readonly #topology: RedisTopology
  #following: Following | undefined

  constructor(topology: RedisTopology) {
    this.#topology = topology
    const { follow, followLog } = topology
    if (follow) this.follow = (...args) => this.#follow(() => follow.call(topology, ...args))
    if (followLog) this.followLog = (...args) => this.#follow(() => followLog.call(topology, ...args))
  }

  async getMany(keys: readonly string[]): Promise<(Buffer | null | Error)[]> {
    return this.#open().get(keys)
  }

  async stampMany(stamps: readonly StampWrite[]): Promise<(Buffer | Error)[]> {
    const calls = stamps.map(({ key, kind, ttl, onlyAbsent }) => {
      return { key, kind, texts: [`${ttl} ${onlyAbsent ? 1 : 0}`] }
    })
    return this.#open().write(STAMP, calls)
  }

  async setMany(entries: readonly Write[]): Promise<(boolean | Error)[]> {
    return this.#open().write(WRITE, entries.map(writeCall))
  }

  async touchMany(items: readonly Touch[]): Promise<(boolean | Error)[]> {
    const calls = items.map(({ key, ttl }) => ({ key, texts: [String(ttl)] }))
    return this.#open().run(TOUCH, calls)
  }

  async deleteMany(keys: readonly string[]): Promise<number> {
    const topology = this.#open()
    if (!topology.logAll) return topology.unlink(keys)
    const calls = keys.map((key) => ({ key, texts: [] }))
    const answers = await topology.write(DELETE, calls)
    const failure = answers.find((answer) => answer instanceof Error)
    if (failure) throw failure
    return answers.filter((answer) => answer === true).length
  }

  async *keys(prefix: string): AsyncIterable<string> {
    for await (const page of this.#open().scan(prefix)) yield* page
  }

  async clear(prefix: string): Promise<void> {
    const topology = this.#open()
    try {
      for await (const page of topology.scan(prefix)) await topology.unlink(page)
    } finally {
      await topology.logAll?.()
    }
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

  #follow(begin: () => Following): Following {
    this.#topology.checkOpen()
    if (this.#following) {
      throw new OptionError('This redisStore is followed by another tieredStore: make a redisStore for each')
    }
    this.#following = begin()
    return this.#following
  }
}
