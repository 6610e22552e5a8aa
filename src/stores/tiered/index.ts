import { type Clock, processClock } from '../../clock.ts'
import { OptionError } from '../../errors.ts'
import { type Duration, toTimer } from '../../options/duration.ts'
import { show } from '../../options/show.ts'
import type { Store } from '../store.ts'
import { checkOptions } from '../store-options.ts'
import type { FollowableStore } from './coherence.ts'
import { type FirstStore, TieredStore } from './tiered-store.ts'

export type { FirstStore } from './tiered-store.ts'

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
   * - `'ttl'`: a copy expires after `coherenceLag`, so what another process invalidates is shown
   *   for up to that much longer.
   *
   * @defaultValue `'tracking'`
   */
  readonly coherence?: 'tracking' | 'ttl' | undefined
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
  if (coherence !== 'ttl' && coherence !== 'tracking')
    throw new OptionError(`tieredStore: coherence must be 'tracking' or 'ttl'; got ${show(coherence)}`)
  if (coherence === 'tracking' && !isFollowable(second)) {
    throw new OptionError(
      "tieredStore: coherence 'tracking' needs a second store that reports writes: redisStore, reading from primaries. " +
        "With any other use coherence: 'ttl', and see what that means for invalidation",
    )
  }
  if (taken.has(first)) {
    throw new OptionError(
      'tieredStore: first has the copies of another tieredStore: make a memoryStore for each',
    )
  }
  const lag = toTimer(coherenceLag, 'tieredStore: coherenceLag')
  taken.add(first)
  return new TieredStore(first, second, { coherence, lag, prefix }, clock)
}

function isFollowable(store: Store): store is FollowableStore {
  return typeof store.follow === 'function'
}

function isStore(store: unknown): store is Store {
  return typeof store === 'object' && store !== null && typeof store['getMany' as never] === 'function'
}
