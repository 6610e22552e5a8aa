import type { StampWrite, Store, StoreCapabilities, Touch, Write } from '../store.ts'
import { ABSENT, ANY, STAMP, TOUCH, WRITE } from './scripts.ts'
import type { RedisTopology } from './topology.ts'

/** The contract of a store, in commands of Redis; how they reach their keys is the way's. */
export class RedisStore implements Store {
  readonly capabilities: StoreCapabilities = { shared: true, conditional: true, ttlPrecision: 1 }
  readonly follow?: NonNullable<Store['follow']>
  readonly #way: RedisTopology

  constructor(way: RedisTopology) {
    this.#way = way
    if (way.follow) this.follow = way.follow.bind(way)
  }

  async getMany(keys: readonly string[]): Promise<(Buffer | null | Error)[]> {
    this.#way.checkOpen()
    return this.#way.get(keys)
  }

  async stampMany(stamps: readonly StampWrite[]): Promise<(Buffer | Error)[]> {
    this.#way.checkOpen()
    const jobs = stamps.map(({ key, kind, ttl, onlyAbsent }) => {
      return { key, kind, args: [String(ttl), onlyAbsent ? '1' : '0'] }
    })
    return this.#way.run(STAMP, jobs)
  }

  async setMany(entries: readonly Write[]): Promise<(boolean | Error)[]> {
    this.#way.checkOpen()
    const jobs = entries.map(({ key, ttl, notAfter, ifStamp, value }) => {
      const there = ifStamp === undefined ? ANY : (ifStamp ?? ABSENT)
      const args = [String(ttl), notAfter === undefined ? '' : String(notAfter), there, value]
      return { key, kind: 'entry' as const, args }
    })
    return this.#way.run(WRITE, jobs)
  }

  async touchMany(items: readonly Touch[]): Promise<(boolean | Error)[]> {
    this.#way.checkOpen()
    return this.#way.run(
      TOUCH,
      items.map(({ key, ttl }) => ({ key, args: [String(ttl)] })),
    )
  }

  async deleteMany(keys: readonly string[]): Promise<number> {
    this.#way.checkOpen()
    return this.#way.unlink(keys)
  }

  async *keys(prefix: string): AsyncIterable<string> {
    this.#way.checkOpen()
    for await (const page of this.#way.scan(prefix)) yield* page
  }

  async clear(prefix: string): Promise<void> {
    this.#way.checkOpen()
    for await (const page of this.#way.scan(prefix)) await this.#way.unlink(page)
  }

  async clock(): Promise<number> {
    this.#way.checkOpen()
    return this.#way.clock()
  }

  close(): Promise<void> {
    return this.#way.close()
  }
}
