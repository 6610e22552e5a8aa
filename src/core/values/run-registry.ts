import type { CachedRun } from './cached-run.ts'

/** A run that other calls may wait for. */
export interface SharedRun<Made> {
  readonly run: CachedRun
  /** Resolves with `undefined` where there is nothing to share: whoever waited runs the function itself. */
  readonly made: Promise<Made | undefined>
}

/** A shared run, as the call that runs the function sees it. */
export interface LedRun<Made> {
  settle(made: Made | undefined): void
  /** Whoever waits fails with it. */
  fail(error: unknown): void
  /** From now on other calls run the function again. */
  end(): void
}

/** The runs of one cached function that calls may share, by what was seen: same key, same head, same versions. */
export class SharedRuns<Made> {
  readonly #runs = new Map<string, SharedRun<Made>>()
  readonly #longest: number

  /** @param longest milliseconds after which a run is not joined any more: what it gives is not stored then */
  constructor(longest: number) {
    this.#longest = longest
  }

  find(id: string, now: number): SharedRun<Made> | undefined {
    const known = this.#runs.get(id)
    return known && now - known.run.begun < this.#longest ? known : undefined
  }

  /**
   * Offers a run to other calls.
   * @param instead the run that was waited for in vain, which this one takes the place of
   * @returns undefined: another run is offered already
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
    // Most are waited for by no other call.
    made.catch(() => {})
    const shared = { run, made }
    this.#runs.set(id, shared)
    const end = () => {
      if (this.#runs.get(id) === shared) this.#runs.delete(id)
    }
    return { settle, fail, end }
  }
}
