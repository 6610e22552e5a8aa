import type { Stamp, Store, StoreKeeps, Touch, Write } from '../store.ts'
import { ABSENT, ANY, STAMP, TOUCH, WRITE } from './scripts.ts'
import type { RedisWay } from './topology.ts'

/** The contract of a store, in commands of Redis; how they reach their keys is the way's. */
export class RedisStore implements Store {
  readonly keeps: StoreKeeps = { shared: true, conditional: true, ttlPrecision: 1 }
  readonly follow?: NonNullable<Store['follow']>
  readonly #way: RedisWay

  constructor(way: RedisWay) {
    this.#way = way
    if (way.follow) this.follow = way.follow.bind(way)
  }

  async getMany(keys: readonly string[]): Promise<(Buffer | null | Error)[]> {
    this.#way.checkOpen()
    return this.#way.get(keys)
  }

  async stampMany(stamps: readonly Stamp[]): Promise<(Buffer | Error)[]> {
    this.#way.checkOpen()
    const jobs = stamps.map(({ key, kind, ttl, onlyAbsent }) => {
      return { key, kind, args: [String(ttl), onlyAbsent ? '1' : '0'] }
    })
    return this.#way.run(STAMP, jobs)
  }

  async setMany(entries: readonly Write[]): Promise<(boolean | Error)[]> {
    this.#way.checkOpen()
    const jobs = entries.map(({ key, ttl, until, only, value }) => {
      const there = only === undefined ? ANY : (only ?? ABSENT)
      const args = [String(ttl), until === undefined ? '' : String(until), there, value]
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
