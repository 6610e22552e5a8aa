import type { Clock } from '../../clock.ts'
import { type Lazy, LazyCalls, type Loaded } from '../../engines/lazy.ts'
import { LazyError, messageOf } from '../../errors.ts'
import { Dependencies, type DependencyTracker } from '../fragment/dependencies.ts'
import type { PageContext } from '../page-context.ts'
import type { ResponseWatch } from '../safety/response-watch.ts'

/**
 * The lazy values of one page: each is loaded at most once, by whichever run or body reads it
 * first.
 */
export class LazyLoads {
  // Made for the first value that is loaded: pages of hits load none.
  #all: Map<Lazy<unknown>, LazyLoad> | undefined
  #calls: LazyCalls | undefined
  /** Milliseconds that the page waited for loads. */
  waited = 0
  readonly #tracker: DependencyTracker
  readonly #clock: Clock
  readonly #page: Traced

  constructor(tracker: DependencyTracker, clock: Clock, page: Traced) {
    this.#clock = clock
    this.#page = page
    this.#tracker = tracker
  }

  /** Calls of cached functions. */
  get calls(): LazyCalls {
    this.#calls ??= new LazyCalls()
    return this.#calls
  }

  /** Returns the cached results that a value was made of. */
  dependenciesOf(lazy: Lazy<unknown>): Dependencies | undefined {
    return this.#all?.get(lazy)?.dependencies
  }

  get(lazy: Lazy<unknown>): Loaded | undefined {
    return this.#all?.get(lazy)?.loaded
  }

  /** Milliseconds that a value took to load; 0 if it is not loaded. */
  timeOf(lazy: Lazy<unknown>): number {
    return this.#all?.get(lazy)?.time ?? 0
  }

  /** Returns true if the loader of a value changed the response, before it first waited. */
  changedResponse(lazy: Lazy<unknown>): boolean {
    return this.#all?.get(lazy)?.changedResponse === true
  }

  /**
   * Loads values in parallel. Never rejects: reading a value throws its loader's failure.
   * @param watch notes which loaders change the response; left out if no body reads the values
   */
  async load(missing: Iterable<readonly [Lazy<unknown>, string]>, watch?: ResponseWatch): Promise<void> {
    const begun = this.#clock.now()
    this.#all ??= new Map()
    const pending: Promise<void>[] = []
    for (const [lazy, name] of missing) {
      let one = this.#all.get(lazy)
      if (one?.loaded) continue
      if (!one?.loading) {
        one = new LazyLoad()
        this.#all.set(lazy, one)
        one.loading = this.#load(one, lazy, name, watch)
      }
      pending.push(one.loading)
    }
    await Promise.all(pending)
    this.waited += this.#clock.now() - begun
  }

  async #load(
    one: LazyLoad,
    lazy: Lazy<unknown>,
    name: string,
    watch: ResponseWatch | undefined,
  ): Promise<void> {
    const begun = this.#clock.now()
    const span = this.#page.trace?.begin('load', name)
    const read = new Dependencies()
    try {
      one.loaded = { value: await this.#tracker.collect(read, () => one.begin(lazy, watch)) }
    } catch (cause) {
      const why = messageOf(cause)
      one.loaded = { error: new LazyError(`The lazy value "${name}" failed to load: ${why}`, { cause }) }
    } finally {
      if (!read.empty) one.dependencies = read
      one.loading = undefined
      one.time = this.#clock.now() - begun
      span?.finish()
    }
  }
}

/** A page that may be traced. */
type Traced = Pick<PageContext, 'trace'>

/** The load of one lazy value. */
class LazyLoad {
  /** Its outcome, once it is over. */
  loaded: Loaded | undefined
  loading: Promise<void> | undefined
  /** Set if its loader changed the response, before it first waited. */
  changedResponse = false
  /** Of the cached functions that it read, if it read any. */
  dependencies: Dependencies | undefined
  /** Milliseconds that it took. */
  time = 0

  begin(lazy: Lazy<unknown>, watch: ResponseWatch | undefined): unknown {
    const before = watch?.state
    try {
      return lazy.load()
    } finally {
      if (watch && watch.state !== before) this.changedResponse = true
    }
  }
}
