import type { CachedRun } from './cached-run.ts'
import { isRecursion } from './is-recursion.ts'

/** A run that other calls may wait for. */
export interface SharedRun<Made> {
  readonly run: CachedRun
  /** Resolves with undefined if there is nothing to share: each call runs the function itself. */
  readonly made: Promise<Made | undefined>
}

/** Runs of one cached function that calls may share, by what they have seen in the store. */
export class SharedRuns<Made> {
  readonly #runs = new Map<string, SharedRun<Made>>()
  readonly #longest: number

  /** @param longest time after which a run is not joined, in ms: its result is not stored then */
  constructor(longest: number) {
    this.#longest = longest
  }

  find(id: string, now: number): SharedRun<Made> | undefined {
    const known = this.#runs.get(id)
    return known && now - known.run.begun < this.#longest ? known : undefined
  }

  /**
   * Offers a run to other calls.
   * @param making gives what is shared
   * @param instead a run that was waited for in vain, which this one replaces
   * @returns a function that makes other calls run the function from then on; undefined if another
   *   run is offered already
   */
  lead(
    id: string,
    run: CachedRun,
    making: Promise<{ readonly shared: Made | undefined }>,
    instead?: SharedRun<Made>,
  ): (() => void) | undefined {
    const known = this.find(id, run.begun)
    if (known && known !== instead) return undefined
    const made = making.then(({ shared }) => shared, withoutResult)
    // Most runs are not waited for.
    made.catch(() => {})
    const shared = { run, made }
    this.#runs.set(id, shared)
    return () => {
      if (this.#runs.get(id) === shared) this.#runs.delete(id)
    }
  }
}

/** Each call that waited would come upon the same ring, by a way of its own. */
function withoutResult(error: unknown): undefined {
  if (isRecursion(error)) throw error
}
