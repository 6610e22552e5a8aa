import { LazyError } from '../errors.ts'
import type { Lazy, Loaded } from '../template/template-engine.ts'
import type { ResponseWatch } from './response-watch.ts'

/** The lazy values of one page: each is loaded at most once, by whichever run or body reads it first. */
export class Loads {
  readonly #loaded = new Map<Lazy<unknown>, Loaded>()
  readonly #loading = new Map<Lazy<unknown>, Promise<void>>()
  readonly #watch: ResponseWatch | undefined
  /** Those whose loaders changed the response, before they first waited. */
  readonly changedResponse = new Set<Lazy<unknown>>()

  constructor(watch?: ResponseWatch) {
    this.#watch = watch
  }

  get(lazy: Lazy<unknown>): Loaded | undefined {
    return this.#loaded.get(lazy)
  }

  /** Loads all at once. Never rejects: a loader's failure is what reading the value throws. */
  async load(missing: Iterable<readonly [Lazy<unknown>, string]>): Promise<void> {
    const pending: Promise<void>[] = []
    for (const [lazy, name] of missing) {
      if (this.#loaded.has(lazy)) continue
      let loading = this.#loading.get(lazy)
      if (!loading) {
        loading = this.#loadOne(lazy, name)
        this.#loading.set(lazy, loading)
      }
      pending.push(loading)
    }
    await Promise.all(pending)
  }

  async #loadOne(lazy: Lazy<unknown>, name: string): Promise<void> {
    try {
      this.#loaded.set(lazy, { value: await this.#begin(lazy) })
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause)
      this.#loaded.set(lazy, {
        error: new LazyError(`The lazy value "${name}" failed to load: ${why}`, { cause }),
      })
    } finally {
      this.#loading.delete(lazy)
    }
  }

  #begin(lazy: Lazy<unknown>): unknown {
    const before = this.#watch?.state
    try {
      return lazy.load()
    } finally {
      if (this.#watch && this.#watch.state !== before) this.changedResponse.add(lazy)
    }
  }
}
