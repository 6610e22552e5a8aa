import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { memoryStore } from '../../src/stores/memory/index.ts'
import { STAMP_LENGTH, type Store } from '../../src/stores/store.ts'
import { tieredStore } from '../../src/stores/tiered/index.ts'

/** How many stores have a first tier. One more has none, and writes as the others do. */
export const TIERS = 3
export const KEYS = 12
/** How many copies a run reads at least, however long that takes. */
const LEAST_COPIES = 1_000
/** Time after which a write that has failed is not applied any more, in ms. */
const SETTLED_AFTER = 3_000

export const keyOf = (n: number) => `key:${n}`
const now = () => performance.now()

/** All versions of a key below one have ended: when that was acknowledged, and to which store. */
interface End {
  readonly version: number
  readonly at: number
  readonly by: number
}

export interface ScheduleOptions {
  readonly coherence: 'tracking' | 'stream'
  /** In ms. */
  readonly lag: number
  readonly seconds: number
  readonly seed: number
  /** Makes the shared store of the n-th process. */
  readonly open: (n: number) => Store
}

/**
 * Reads and writes of stores at random, in one process, whose clock tells what came first. Fails if
 * a value is older than the last write of its own store, or than one of another before the lag.
 */
export class RandomSchedule {
  readonly counts = { copies: 0, reads: 0, writes: 0, failed: 0, faults: 0 }
  /** The longest time that a value was read after its end, in ms. */
  late = 0
  readonly #lag: number
  readonly #until: number
  readonly #stores: readonly Store[]
  readonly #versions = new Array<number>(KEYS).fill(0)
  readonly #acknowledged = new Array<number>(KEYS).fill(0)
  readonly #ends: End[][] = Array.from({ length: KEYS }, () => [])
  readonly #busy = new Set<number>()
  #state: number

  constructor({ coherence, lag, seconds, seed, open }: ScheduleOptions) {
    this.#lag = lag
    this.#state = Math.imul(seed, 7919) >>> 0
    this.#stores = Array.from({ length: TIERS + 1 }, (_, n) => {
      const second = open(n)
      if (n === TIERS) return second
      return tieredStore({ first: memoryStore(), second, coherence, coherenceLag: lag })
    })
    this.#until = now() + seconds * 1_000
  }

  /** Returns a number from 0 to below 1. */
  random(): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0
    return this.#state / 2 ** 32
  }

  pick(count: number): number {
    return Math.floor(this.random() * count)
  }

  /** @param disturb does harm once, and ends it */
  async run(disturb: () => Promise<unknown>): Promise<void> {
    const faults = this.#repeat(async () => {
      await sleep(50 + this.random() * 200)
      this.counts.faults++
      await disturb()
    })
    const work = this.#stores.flatMap((store, n) => [
      this.#repeat(() => this.#read(store, n)),
      this.#repeat(async () => {
        await sleep(this.random() * 20)
        await this.#write(store, n)
      }),
    ])
    await Promise.all([faults, ...work])
  }

  /** Removes all values, by something else than the stores. */
  async lose(how: () => Promise<unknown>): Promise<void> {
    const before = [...this.#acknowledged]
    await how()
    for (const [key, version] of before.entries()) {
      this.#ends[key]?.push({ version: version + 0.5, at: now(), by: -1 })
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#stores.map((store) => store.close()))
  }

  async #repeat(work: () => Promise<void>): Promise<void> {
    while (now() < this.#until || this.counts.copies < LEAST_COPIES) {
      await work()
      await (this.random() < 0.05 ? sleep(1) : new Promise(setImmediate))
    }
  }

  async #read(store: Store, n: number): Promise<void> {
    const key = this.pick(KEYS)
    const begun = now()
    const [copy] = store.getCopies?.([keyOf(key)]) ?? []
    if (copy) this.counts.copies++
    else this.counts.reads++
    const found = copy ? copy.bytes : (await store.getMany([keyOf(key)]).catch(() => []))[0]
    if (!Buffer.isBuffer(found) || found.length === STAMP_LENGTH) return
    this.#check(n, key, Number(found.subarray(STAMP_LENGTH)), begun)
  }

  #check(store: number, key: number, version: number, begun: number): void {
    for (const end of reversed(this.#ends[key] ?? [])) {
      if (version >= end.version) return
      const age = begun - end.at
      this.late = Math.max(this.late, age)
      const most = end.by === store ? 0 : this.#lag
      // A million calls of expect() are a minute.
      if (age > most) expect({ store, key, version, end, begun, age }).toBe(`at most ${most} ms`)
    }
  }

  async #write(store: Store, n: number): Promise<void> {
    const key = this.pick(KEYS)
    // One writer at a time: the order of the versions is that of the writes.
    if (this.#busy.has(key)) return
    this.#busy.add(key)
    const version = (this.#versions[key] ?? 0) + 1
    this.#versions[key] = version
    try {
      await this.#change(store, keyOf(key), version)
      this.#ends[key]?.push({ version, at: now(), by: n })
      this.#acknowledged[key] = version
      this.counts.writes++
    } catch {
      this.counts.failed++
      // It may still be applied, by a connection that was stopped.
      await sleep(SETTLED_AFTER)
    } finally {
      this.#busy.delete(key)
    }
  }

  async #change(store: Store, key: string, version: number): Promise<void> {
    const kind = this.random()
    if (kind < 0.6) {
      const value = Buffer.from(String(version).padStart(20))
      const [done] = await store.setMany([{ key, value, ttl: 600_000 }])
      if (done !== true) throw done
    } else if (kind < 0.8) {
      const [stamp] = await store.stampMany([{ key, kind: 'deleted', ttl: 600_000 }])
      if (!Buffer.isBuffer(stamp)) throw stamp
    } else await store.deleteMany([key])
  }
}

/** Yields the items from the last to the first. */
function* reversed<T>(items: readonly T[]): Iterable<T> {
  for (let n = items.length - 1; n >= 0; n--) yield items[n] as T
}
