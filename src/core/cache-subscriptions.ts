import { OptionError } from '../errors.ts'
import type { CopyReads } from '../stores/store.ts'
import type { FragmentListener } from './events.ts'
import type { CacheObserver } from './observe/cache-observer.ts'
import type { Services } from './services.ts'

/** The part of a cache by which its events are heard, and its work is observed. */
export abstract class CacheSubscriptions {
  readonly #services: Pick<Services, 'events' | 'observers' | 'store'>

  /** @internal */
  constructor(services: Pick<Services, 'events' | 'observers' | 'store'>) {
    this.#services = services
  }

  /**
   * Adds a listener for the events of the cache. An error that it throws is ignored.
   * @example cache.on((event) => event.type === 'error' && log.warn(event.error))
   * @returns a function that removes the listener
   * @throws OptionError if it is not a function
   */
  on(listener: FragmentListener): () => void {
    if (typeof listener !== 'function') throw new OptionError('The listener of on() must be a function.')
    return this.#services.events.subscribe(listener)
  }

  /** Subscribes to events of the circuit breaker alone: hits pay nothing for it. @internal */
  onBreaker(listener: FragmentListener): void {
    this.#services.events.subscribeToBreaker(listener)
  }

  /**
   * Adds an observer of pages and round trips: one call for each page, when its response is over,
   * in place of an event for each fragment. An error that it throws is ignored.
   * @example
   * const stop = cache.observe({
   *   page: ({ route, duration }) => log.info({ route, duration }),
   * })
   * @returns a function that removes the observer
   * @throws OptionError if it has none of the methods
   */
  observe(observer: CacheObserver): () => void {
    return this.#services.observers.add(observer)
  }

  /**
   * Counts of keys that were read since the cache was made, by where they were found: among the
   * copies in this process (the option `memory`), or in the store. Both are 0 without copies.
   */
  get copyReads(): CopyReads {
    const { hits = 0, misses = 0 } = this.#services.store.copyReads ?? {}
    return { hits, misses }
  }
}
