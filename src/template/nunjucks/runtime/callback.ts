import type { MaybePromise } from '../../template-engine.ts'
import type { RenderCallback } from '../nunjucks.ts'

/** What a function that takes a callback came to. A class, not a literal: see `Values#holes`. */
export class Called<T> {
  readonly error: unknown
  readonly result: T

  constructor(error: unknown, result: T) {
    this.error = error
    this.result = result
  }
}

/**
 * Calls a function that takes a callback, and answers at once where it calls back at once. The first call counts: what
 * failed in an include goes on, and calls back once more. Never throws, never rejects.
 */
export function called<T>(start: (callback: RenderCallback) => void): MaybePromise<Called<T>> {
  let outcome: Called<T> | undefined
  let settle: ((outcome: Called<T>) => void) | undefined
  const callback: RenderCallback = (error, result) => {
    if (outcome) return
    outcome = new Called(error, result as T)
    settle?.(outcome)
  }
  try {
    start(callback)
  } catch (error) {
    callback(error)
  }
  // Only now: code behind an include that failed has gone on, and may have noted what it misses.
  return outcome ?? new Promise((resolve) => (settle = resolve))
}
