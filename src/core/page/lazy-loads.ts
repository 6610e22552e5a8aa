import type { Clock } from '../../clock.ts'
import { type Lazy, LazyCalls, type Loaded } from '../../engines/lazy.ts'
import { LazyError, messageOf } from '../../errors.ts'
import { Dependencies, type DependencyTracker } from '../fragment/dependencies.ts'
import type { ResponseWatch } from '../safety/response-watch.ts'

/**
 * The lazy values of one page: each is loaded at most once, by whichever run or body reads it
 * first.
 */
export class LazyLoads {
  readonly #loaded = new Map<Lazy<unknown>, Loaded>()
  /** Calls of cached functions. */
  readonly calls = new LazyCalls()
  readonly #loading = new Map<Lazy<unknown>, Promise<void>>()
  /** Those whose loaders changed the response, before they first waited. */
  readonly changedResponse = new Set<Lazy<unknown>>()
  /** What those read of cached functions that read any. */
  readonly #dependencies = new Map<Lazy<unknown>, Dependencies>()
  readonly #tracker: DependencyTracker
  readonly #clock: Clock
  /** Milliseconds that each took. */
  readonly #times = new Map<Lazy<unknown>, number>()

  constructor(tracker: DependencyTracker, clock: Clock) {
    this.#clock = clock
    this.#tracker = tracker
  }

  /** What a value was made of. */
  dependenciesOf(lazy: Lazy<unknown>): Dependencies | undefined {
    return this.#dependencies.get(lazy)
  }

  get(lazy: Lazy<unknown>): Loaded | undefined {
    return this.#loaded.get(lazy)
  }

  /** Milliseconds that a value took to load; 0 while it is not. */
  timeOf(lazy: Lazy<unknown>): number {
    return this.#times.get(lazy) ?? 0
  }

  /**
   * Loads all at once. Never rejects: a loader's failure is what reading the value throws.
   * @param watch given where bodies read: who changes the response is noted
   */
  async load(missing: Iterable<readonly [Lazy<unknown>, string]>, watch?: ResponseWatch): Promise<void> {
    const pending: Promise<void>[] = []
    for (const [lazy, name] of missing) {
      if (this.#loaded.has(lazy)) continue
      let loading = this.#loading.get(lazy)
      if (!loading) {
        loading = this.#loadOne(lazy, name, watch)
        this.#loading.set(lazy, loading)
      }
      pending.push(loading)
    }
    await Promise.all(pending)
  }

  async #loadOne(lazy: Lazy<unknown>, name: string, watch: ResponseWatch | undefined): Promise<void> {
    const begun = this.#clock.now()
    const read = new Dependencies()
    try {
      this.#loaded.set(lazy, { value: await this.#tracker.collect(read, () => this.#begin(lazy, watch)) })
    } catch (cause) {
      const why = messageOf(cause)
      this.#loaded.set(lazy, {
        error: new LazyError(`The lazy value "${name}" failed to load: ${why}`, { cause }),
      })
    } finally {
      if (!read.empty) this.#dependencies.set(lazy, read)
      this.#loading.delete(lazy)
      this.#times.set(lazy, this.#clock.now() - begun)
    }
  }

  #begin(lazy: Lazy<unknown>, watch: ResponseWatch | undefined): unknown {
    const before = watch?.state
    try {
      return lazy.load()
    } finally {
      if (watch && watch.state !== before) this.changedResponse.add(lazy)
    }
  }
}
