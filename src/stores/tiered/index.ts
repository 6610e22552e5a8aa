import { type Clock, processClock } from '../../clock.ts'
import { OptionError } from '../../errors.ts'
import { type Duration, toTimer } from '../../options/duration.ts'
import { show } from '../../options/show.ts'
import type { Store } from '../store.ts'
import { checkOptions } from '../store-options.ts'
import { type CoherenceMethod, type FirstStore, TieredStore } from './tiered-store.ts'

export type { CoherenceMethod, FirstStore } from './tiered-store.ts'

/** Options of {@link tieredStore}. */
export interface TieredStoreOptions {
  /** Store of the copies: `memoryStore({ maxBytes })`. */
  readonly first: FirstStore
  /** The store that all processes share, such as `redisStore({ url })`. Writes go there. */
  readonly second: Store
  /**
   * Method by which copies stay current.
   *
   * - `'tracking'`: Redis reports which keys are written (`CLIENT TRACKING`), usually within 1 ms.
   *   For reads from primaries: of one server, by sentinels, or of a cluster.
   * - `'stream'`: each process reads a log in Redis of what was written, usually within 10 ms. For
   *   a Redis that refuses CLIENT TRACKING. Every process that writes needs the option `log` of
   *   `redisStore`. What is written past this package is noticed after a minute at most.
   * - `'ttl'`: a copy expires after `coherenceLag`, so what another process invalidates is shown
   *   for up to that much longer.
   *
   * @defaultValue `'tracking'`
   */
  readonly coherence?: CoherenceMethod | undefined
  /**
   * Longest time that a copy may be used after another process invalidated it.
   *
   * @defaultValue `'1s'`
   */
  readonly coherenceLag?: Duration | undefined
  /**
   * Prefix of the keys whose changes Redis reports: the `prefix` of the cache, if Redis also holds
   * other data.
   *
   * @defaultValue `''`, all keys
   */
  readonly prefix?: string | undefined
}

/** Stores that are a first tier. Two that shared one would return each other's values. */
const taken = new WeakSet<object>()

const OPTIONS = ['first', 'second', 'coherence', 'coherenceLag', 'prefix']

/**
 * Creates a store that also keeps what it reads in the memory of this process: a page whose
 * fragments and tags are all there costs no round trip. This process sees its own writes and
 * invalidations at once, other processes see them within `coherenceLag`. Copies are not used while
 * changes are not reported. Closing the store closes both tiers.
 *
 * @throws OptionError where an option is wrong or unknown, or `first` is the tier of another store
 * @throws DurationError where `coherenceLag` is not a duration
 *
 * @example
 * ```ts
 * const store = tieredStore({
 *   first: memoryStore({ maxBytes: '64MB' }),
 *   second: redisStore({ url: process.env.REDIS_URL }),
 * })
 * ```
 */
export function tieredStore(options: TieredStoreOptions): Store
/** @internal The clock of both tiers. */
export function tieredStore(options: TieredStoreOptions, clock: Clock): Store
export function tieredStore(options: TieredStoreOptions, clock = processClock): Store {
  const example = '{ first: memoryStore(), second: redisStore({ url }) }'
  checkOptions('tieredStore', options, OPTIONS, example)
  const { first, second, coherence = 'tracking', coherenceLag = '1s', prefix = '' } = options
  if (!isStore(first) || !('copies' in first))
    throw new OptionError('tieredStore: first must be a memoryStore({ maxBytes })')
  if (!isStore(second)) {
    throw new OptionError(
      `tieredStore: second must be a store that processes share, such as redisStore({ url }); got ${show(second)}`,
    )
  }
  if (typeof prefix !== 'string')
    throw new OptionError(`tieredStore: prefix must be a string; got ${show(prefix)}`)
  checkCoherence(coherence, second)
  if (taken.has(first)) {
    throw new OptionError(
      'tieredStore: first has the copies of another tieredStore: make a memoryStore for each',
    )
  }
  const lag = toTimer(coherenceLag, 'tieredStore: coherenceLag')
  taken.add(first)
  return new TieredStore(first, second, { coherence, lag, prefix }, clock)
}

/** @throws OptionError for an unknown method, and for a store that does not report writes by it */
function checkCoherence(coherence: unknown, second: Store): void {
  switch (coherence) {
    case 'ttl':
      return
    case 'tracking':
      if (second.follow) return
      throw new OptionError(
        "tieredStore: coherence 'tracking' needs a second store that reports writes: redisStore, reading from primaries. " +
          "With any other use coherence: 'ttl', and see what that means for invalidation",
      )
    case 'stream':
      if (second.followLog) return
      throw new OptionError(
        "tieredStore: coherence 'stream' needs a second store that logs its writes: redisStore({ log: true }), reading from primaries, " +
          'in every process that writes',
      )
    default:
      throw new OptionError(
        `tieredStore: coherence must be 'tracking', 'stream' or 'ttl'; got ${show(coherence)}`,
      )
  }
}

function isStore(store: unknown): store is Store {
  return typeof store === 'object' && store !== null && typeof store['getMany' as never] === 'function'
}
