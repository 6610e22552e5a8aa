import { LazyError, messageOf } from '../../../errors.ts'
import type { Lazy, Loaded } from '../../lazy.ts'
import type { MaybePromise } from '../../template-engine.ts'

/** The lazy values of one rendering without a page. */
export class PlainLoads {
  #known: Map<Lazy<unknown>, Loaded> | undefined
  readonly #mayWait: boolean

  constructor(mayWait: boolean) {
    this.#mayWait = mayWait
  }

  get(lazy: Lazy<unknown>): Loaded | undefined {
    return this.#known?.get(lazy)
  }

  /** Loads in parallel what a run missed. */
  load(missing: ReadonlyMap<Lazy<unknown>, string>): MaybePromise<unknown> {
    const pending = [...missing]
      .map(([lazy, name]) => this.loadOne(lazy, name))
      .filter((load) => load !== undefined)
    return pending.length > 0 ? Promise.all(pending) : undefined
  }

  loadOne(lazy: Lazy<unknown>, name: string): Promise<void> | undefined {
    const failed = (cause: unknown) => {
      const why = messageOf(cause)
      this.#note(lazy, {
        error: new LazyError(`The lazy value "${name}" failed to load: ${why}`, { cause }),
      })
    }
    try {
      const value = lazy.load()
      if (!(value instanceof Promise)) {
        this.#note(lazy, { value })
        return undefined
      }
      if (this.#mayWait) return value.then((loaded) => void this.#note(lazy, { value: loaded }), failed)
      value.catch(() => {})
      throw new Error('it is loaded asynchronously, and the template was rendered without a callback')
    } catch (error) {
      failed(error)
      return undefined
    }
  }

  #note(lazy: Lazy<unknown>, loaded: Loaded): void {
    this.#known ??= new Map()
    this.#known.set(lazy, loaded)
  }
}
