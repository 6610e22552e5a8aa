import type { Config } from '../config/config.ts'
import { type Entry, INITIAL_FREQUENCY } from './entry.ts'

const MAX_FREQUENCY = 255
const MINUTE = 60_000

/**
 * How often keys are used, for the policies that evict the least frequently used (LFU): a number up
 * to 255 that grows with the logarithm of the accesses, and sinks with time. Counted only while
 * such a policy is set.
 *
 * Source: a Morris counter, as Redis uses it (`lfu-log-factor`, `lfu-decay-time`).
 */
export class AccessFrequency {
  /** True while accesses are counted. */
  enabled = false
  #logFactor = 10
  /** Minutes after which a frequency is one less; 0 keeps it. */
  #decayTime = 1

  constructor(config: Config) {
    config.follow('maxmemory-policy', (policy) => {
      this.enabled = policy.endsWith('-lfu')
    })
    config.follow('lfu-log-factor', (value) => {
      this.#logFactor = Number(value)
    })
    config.follow('lfu-decay-time', (value) => {
      this.#decayTime = Number(value)
    })
  }

  /** Counts an access, before the entry's time of the last access is set. */
  count(entry: Entry, now: number): void {
    const frequency = this.of(entry, now)
    const chance = 1 / (Math.max(0, frequency - INITIAL_FREQUENCY) * this.#logFactor + 1)
    entry.frequency = frequency < MAX_FREQUENCY && Math.random() < chance ? frequency + 1 : frequency
  }

  /** Returns the frequency of an entry at this time. */
  of(entry: Entry, now: number): number {
    if (this.#decayTime === 0) return entry.frequency
    const minutes = Math.floor(now / MINUTE) - Math.floor(entry.usedAt / MINUTE)
    return Math.max(0, entry.frequency - Math.floor(minutes / this.#decayTime))
  }
}
