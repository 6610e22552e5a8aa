import { type Clock, processClock, type Timer } from '../clock.ts'
import type { FragmentEvent } from '../core/events.ts'
import type { FragmentCache } from '../core/fragment-cache.ts'
import { OptionError } from '../errors.ts'
import { type Duration, toTimer } from '../options/duration.ts'
import { show } from '../options/show.ts'
import { purgeKey } from './purge-key.ts'
import { PurgeQueue } from './purge-queue.ts'
import type { PurgeTarget } from './purge-target.ts'

/** Targets as options take them: one, or an array, also of what `varnish()` returns. */
export type PurgeTargets = PurgeTarget | readonly (PurgeTarget | readonly PurgeTarget[])[]

/** Options of {@link purgeInvalidated}. */
export interface PurgeOptions {
  /**
   * Time after which the same keys are purged once more: a page that was made before the
   * invalidation may be on its way, and be stored after the first purge. 0: never.
   * @defaultValue `'1s'`
   */
  readonly again?: Duration | 0 | undefined
  /** Time, for tests. @internal */
  readonly clock?: Clock | undefined
}

/**
 * Purges the pages of tags that this process invalidates with a cache, in caches in front of the
 * site; `clear()` purges all of the cache's pages. An invalidation neither waits for it nor fails
 * with it: failures are `error` events, and are tried again.
 * @example
 * const cache = new FragmentCache({ store, engine })
 * purgeInvalidated(cache, varnish({ urls: ['http://10.0.0.5:6081'] }))
 * @returns a function that ends it
 * @throws OptionError, DurationError
 */
export function purgeInvalidated(
  cache: FragmentCache,
  targets: PurgeTargets,
  options: PurgeOptions = {},
): () => void {
  const { again = '1s', clock = processClock } = options
  const delay = again === 0 ? 0 : toTimer(again, 'The option again')
  const { services } = cache.host
  const allKey = purgeKey(services.keyPrefix)
  const queues = readTargets(targets).map(
    (target) =>
      new PurgeQueue(target, allKey, clock, (error, keys) =>
        services.events.emit({ type: 'error', error, during: 'purge', keys }),
      ),
  )
  const later = new LaterKeys(delay, clock, (keys) => purge(keys))
  const purge = (keys: readonly string[]) => {
    // The cache is closed after the first attempt.
    void cache.host.pending(Promise.all(queues.map((queue) => queue.add(keys))).then(() => {}))
  }
  const unsubscribe = cache.observe({
    event(event) {
      const keys = keysOf(event, allKey)
      if (keys.length === 0) return
      purge(keys)
      later.add(keys)
    },
  })
  return () => {
    unsubscribe()
    later.close()
    for (const queue of queues) queue.close()
  }
}

/** Returns the keys of the pages that an event makes old. */
function keysOf(event: FragmentEvent, allKey: string): readonly string[] {
  if (event.type === 'invalidate') return event.tags.map(purgeKey)
  // Pages do not have the names of their fragments as keys.
  return event.type === 'clear' ? [allKey] : []
}

/** @throws OptionError */
export function readTargets(targets: unknown): readonly PurgeTarget[] {
  const all: unknown[] = [targets].flat(2)
  for (const target of all) {
    if (typeof (target as Partial<PurgeTarget> | null)?.purge === 'function') continue
    throw new OptionError(
      `The option purge must be what varnish() or cdn() returns, or an array of these, not ${show(target)}.`,
    )
  }
  return all as PurgeTarget[]
}

/** Keys that are purged once more after a while: those of one while together. */
class LaterKeys {
  readonly #delay: number
  readonly #clock: Clock
  readonly #purge: (keys: readonly string[]) => void
  /** Keys of the timer that runs, and those that came since it was set. */
  #first = new Set<string>()
  #second = new Set<string>()
  #timer: Timer | undefined

  constructor(delay: number, clock: Clock, purge: (keys: readonly string[]) => void) {
    this.#delay = delay
    this.#clock = clock
    this.#purge = purge
  }

  add(keys: readonly string[]): void {
    if (this.#delay === 0) return
    for (const key of keys) this.#second.add(key)
    if (this.#timer === undefined) this.#next()
  }

  /** Each key waits for one delay at least, and for two at most. */
  #next(): void {
    this.#timer = undefined
    const due = this.#first
    this.#first = this.#second
    this.#second = new Set()
    if (due.size > 0) this.#purge([...due])
    if (this.#first.size > 0) this.#timer = this.#clock.setTimeout(() => this.#next(), this.#delay).unref()
  }

  close(): void {
    this.#clock.clearTimeout(this.#timer)
    this.#first.clear()
    this.#second.clear()
  }
}
