import { type Clock, processClock } from '../../clock.ts'
import { OptionError } from '../../errors.ts'
import { type Duration, toTimer } from '../../options/duration.ts'
import { refuseUnknownOptions } from '../../options/unknown-option.ts'
import type { Copies, Store } from '../store.ts'
import { ByAge, ByTracking, type Coherence } from './coherence.ts'
import { Held } from './held.ts'
import { TieredStore } from './tiered-store.ts'

/** A store that can be the first tier: `memoryStore`. */
export type FirstStore = Store & { readonly copies: Copies }

export interface TieredStoreOptions {
  /** Where copies are kept: `memoryStore({ maxBytes })`. */
  readonly first: FirstStore
  /** The store that all processes share, such as `redisStore({ url })`. What is written goes there. */
  readonly second: Store
  /**
   * How a copy is kept from being old. `'tracking'`: Redis says which keys are written (`CLIENT TRACKING`), usually within
   * a millisecond; for Redis whose primaries are read: one server, by sentinels, a cluster. `'ttl'`: by nothing but its age, so
   * that what another process invalidates is shown up to `coherenceLag` longer. Default: `'tracking'`.
   */
  readonly coherence?: 'tracking' | 'ttl' | undefined
  /** How long after another process has invalidated a copy may still be shown, at most. Default: `'1s'`. */
  readonly coherenceLag?: Duration | undefined
  /**
   * What the keys begin with that Redis is to tell of: the `prefix` of the cache, where Redis holds much else. Default:
   * all keys.
   */
  readonly prefix?: string | undefined
}

/** One that two shared would show the values of one to the other. */
const taken = new WeakSet<object>()

const OPTIONS = ['first', 'second', 'coherence', 'coherenceLag', 'prefix']

/**
 * A store that keeps what it reads in the memory of this process too: a page whose fragments and tags are all there costs
 * no round trip. This process sees its own writes and invalidations at once, another one within `coherenceLag`; while
 * nobody knows what has been written, copies are not used. Both stores are closed with it.
 * @throws OptionError, DurationError
 */
export function tieredStore(options: TieredStoreOptions): Store
/** @internal The clock of both tiers. */
export function tieredStore(options: TieredStoreOptions, clock: Clock): Store
export function tieredStore(options: TieredStoreOptions, clock = processClock): Store {
  if (typeof options !== 'object' || options === null) {
    throw new OptionError(
      `tieredStore takes an object, such as { first: memoryStore(), second: redisStore({ url }) }; got ${String(options)}`,
    )
  }
  refuseUnknownOptions('tieredStore', options, OPTIONS)
  const { first, second, coherence = 'tracking', coherenceLag = '1s', prefix = '' } = options
  if (!isStore(first) || !('copies' in first))
    throw new OptionError('tieredStore: first must be a memoryStore({ maxBytes })')
  if (!isStore(second)) {
    throw new OptionError(
      `tieredStore: second must be a store that processes share, such as redisStore({ url }); got ${String(second)}`,
    )
  }
  if (typeof prefix !== 'string')
    throw new OptionError(`tieredStore: prefix must be a text; got ${String(prefix)}`)
  checkCoherence(coherence, second)
  if (taken.has(first))
    throw new OptionError(
      'tieredStore: first holds the copies of another tieredStore: make a memoryStore for each',
    )
  const lag = toTimer(coherenceLag, 'tieredStore: coherenceLag')
  const held = new Held(first.copies)
  taken.add(first)
  const listeners: ((error: Error) => void)[] = []
  const onError = (error: Error) => {
    for (const listener of listeners) listener(error)
  }
  return new TieredStore(
    second,
    held,
    coherenceOf(coherence, second, held, { lag, prefix, onError }),
    (listener) => {
      listeners.push(listener)
      second.onError?.(listener)
    },
    () => first.close(),
    clock,
  )
}

/** @throws OptionError */
function checkCoherence(coherence: unknown, second: Store): asserts coherence is 'tracking' | 'ttl' {
  if (coherence === 'ttl') return
  if (coherence !== 'tracking') {
    throw new OptionError(`tieredStore: coherence must be 'tracking' or 'ttl'; got ${String(coherence)}`)
  }
  if (follows(second)) return
  throw new OptionError(
    "tieredStore: coherence 'tracking' needs a second store that tells what is written: redisStore, reading from primaries. " +
      "With any other use coherence: 'ttl', and see what that means for invalidation",
  )
}

function coherenceOf(
  coherence: 'tracking' | 'ttl',
  second: Store,
  held: Held,
  settings: { lag: number; prefix: string; onError: (error: Error) => void },
): Coherence {
  return coherence === 'tracking' && follows(second)
    ? new ByTracking(second, held, settings)
    : new ByAge(settings.lag)
}

function follows(store: Store): store is Store & Required<Pick<Store, 'follow'>> {
  return typeof store.follow === 'function'
}

function isStore(store: unknown): store is Store {
  return typeof store === 'object' && store !== null && typeof store['getMany' as never] === 'function'
}
