import type { Config } from '../config/config.ts'
import type { AccessFrequency } from './access-frequency.ts'
import type { Database } from './database.ts'
import type { Entry } from './entry.ts'

/** Keys that are removed for one request; more are removed for the next ones. */
const MAX_AT_ONCE = 10_000
/** Candidates that are kept for the next time. */
const POOL_SIZE = 16

/** Memory, and what was evicted because of it. */
export interface EvictionStats {
  /** Memory that counts for `maxmemory`, in bytes. */
  readonly usedMemory: number
  evictedKeys: number
}

interface Candidate {
  readonly database: Database
  readonly key: string
  readonly entry: Entry
  /** The largest is evicted first. */
  readonly score: number
}

/**
 * Keeps memory below `maxmemory`, by the policies of Redis. As there, the least recently or least
 * frequently used key is one of a random sample, and of the best candidates of earlier samples.
 */
export class Eviction {
  readonly #databases: readonly Database[]
  readonly #clock: { readonly now: number }
  readonly #stats: EvictionStats
  readonly #frequency: AccessFrequency
  /** In bytes; 0 without a limit. */
  #limit = 0
  #volatileOnly = false
  /** The property that the policy compares: the part of its name after the dash. */
  #order = ''
  #samples = 5
  /** The best candidate is the last. */
  #pool: Candidate[] = []

  constructor(
    databases: readonly Database[],
    clock: { readonly now: number },
    stats: EvictionStats,
    config: Config,
    frequency: AccessFrequency,
  ) {
    this.#databases = databases
    this.#clock = clock
    this.#stats = stats
    this.#frequency = frequency
    config.follow('maxmemory', (bytes) => {
      this.#limit = Number(bytes)
    })
    config.follow('maxmemory-samples', (samples) => {
      this.#samples = Number(samples)
    })
    config.follow('maxmemory-policy', (policy) => {
      const [keys = '', order = ''] = policy.split('-')
      this.#volatileOnly = keys === 'volatile'
      this.#order = order
      this.#pool = []
    })
  }

  /** True if memory may grow without a limit. */
  get isUnlimited(): boolean {
    return this.#limit === 0
  }

  /** True while more memory is used than allowed. */
  get isFull(): boolean {
    return this.#limit > 0 && this.#stats.usedMemory > this.#limit
  }

  /** Removes keys until there is room. Returns false if there is none, and no key to remove. */
  makeRoom(): boolean {
    if (!this.isFull) return true
    if (this.#order === '') return false
    for (let n = 0; n < MAX_AT_ONCE && this.isFull; n++) {
      const found = this.#order === 'random' ? this.#pickRandom() : this.#pickBest()
      if (found === undefined) return false
      found.database.evict(found.key)
      this.#stats.evictedKeys++
    }
    return true
  }

  #pickRandom(): { readonly database: Database; readonly key: string } | undefined {
    const filled = this.#databases.filter((database) => this.#keysOf(database).size > 0)
    const database = filled[Math.floor(Math.random() * filled.length)]
    return database && { database, key: this.#samplerOf(database).pick() }
  }

  #pickBest(): Candidate | undefined {
    this.#fillPool()
    for (let best = this.#pool.pop(); best; best = this.#pool.pop()) if (isThere(best)) return best
    return undefined
  }

  #fillPool(): void {
    const pool = this.#pool.filter(isThere)
    const known = new Set(pool.map(({ entry }) => entry))
    for (const database of this.#databases) {
      if (this.#keysOf(database).size === 0) continue
      for (const key of this.#samplerOf(database).sample(this.#samples)) {
        const entry = database.entries.get(key)
        if (entry === undefined || known.has(entry)) continue
        pool.push({ database, key, entry, score: this.#scoreOf(entry) })
      }
    }
    pool.sort((a, b) => a.score - b.score)
    this.#pool = pool.slice(-POOL_SIZE)
  }

  #keysOf(database: Database): ReadonlyMap<string, Entry> {
    return this.#volatileOnly ? database.expiring : database.entries
  }

  #samplerOf(database: Database) {
    return this.#volatileOnly ? database.expiringSampler : database.sampler
  }

  #scoreOf(entry: Entry): number {
    if (this.#order === 'ttl') return -entry.expiresAt
    if (this.#order === 'lfu') return -this.#frequency.of(entry, this.#clock.now)
    return -entry.usedAt
  }
}

/** Returns true if the candidate was not removed or moved since. */
function isThere({ database, key, entry }: Candidate): boolean {
  return database.entries.get(key) === entry
}
