import type { CachedRun } from './cached-run.ts'

/** A run that other calls may wait for. */
export interface SharedRun<Made> {
  readonly run: CachedRun
  /** Resolves with undefined if there is nothing to share: each call runs the function itself. */
  readonly made: Promise<Made | undefined>
}

/** A shared run, for the call that runs the function. */
export interface LedRun<Made> {
  settle(made: Made | undefined): void
  /** Rejects the calls that wait. */
  fail(error: unknown): void
  /** Makes other calls run the function from now on. */
  end(): void
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
   * Offers a run to other calls; undefined if another run is offered already.
   * @param instead a run that was waited for in vain, which this one replaces
   */
  lead(id: string, run: CachedRun, instead?: SharedRun<Made>): LedRun<Made> | undefined {
    const known = this.find(id, run.begun)
    if (known && known !== instead) return undefined
    let settle: (made: Made | undefined) => void = () => {}
    let fail: (error: unknown) => void = () => {}
    const made = new Promise<Made | undefined>((resolve, reject) => {
      settle = resolve
      fail = reject
    })
    // Most runs are not waited for.
    made.catch(() => {})
    const shared = { run, made }
    this.#runs.set(id, shared)
    const end = () => {
      if (this.#runs.get(id) === shared) this.#runs.delete(id)
    }
    return { settle, fail, end }
  }
}
