import type { MaybePromise } from '../../template-engine.ts'
import type { RenderCallback } from '../nunjucks.ts'

/** Outcome of a function that takes a callback. A class, not a literal: see `Values#addHole`. */
export class Called<T> {
  readonly error: unknown
  readonly result: T

  constructor(error: unknown, result: T) {
    this.error = error
    this.result = result
  }
}

/**
 * Calls a function that takes a callback, and answers at once where it calls back at once. The
 * first call counts: what failed in an include goes on, and calls back once more. Never throws,
 * never rejects.
 */
export function called<T>(start: (callback: RenderCallback) => void): MaybePromise<Called<T>> {
  return new Call<T>().outcomeOf(start)
}

/** One call of such a function. */
export class Call<T> {
  #outcome: Called<T> | undefined
  #settle: ((outcome: Called<T>) => void) | undefined

  readonly callback: RenderCallback = (error, result) => {
    if (this.#outcome) return
    this.#outcome = new Called(error, result as T)
    this.#settle?.(this.#outcome)
  }

  /** As {@link called}. */
  outcomeOf(start: (callback: RenderCallback) => void): MaybePromise<Called<T>> {
    try {
      start(this.callback)
    } catch (error) {
      this.callback(error)
    }
    // Only now: code behind an include that failed has gone on, and may have noted what it misses.
    return this.#outcome ?? new Promise((resolve) => (this.#settle = resolve))
  }
}
