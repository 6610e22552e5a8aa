import { AsyncLocalStorage } from 'node:async_hooks'

interface Frame {
  readonly context: object
  readonly value: unknown
  readonly outer: Frame | undefined
}

/**
 * The one AsyncLocalStorage of all caches. On Node 20 each one that was ever entered makes every
 * promise of the process slower, for ever: with one or more for each cache, a test suite that opens
 * 250 caches spent 0.2 ms on an `await`.
 */
const frames = new AsyncLocalStorage<Frame>()

/** A value that belongs to the running code, as an AsyncLocalStorage of its own would have it. */
export class AsyncContext<T> {
  /** Runs a function, and all that it starts, with a value. */
  run<R>(value: T, fn: () => R): R {
    return frames.run({ context: this, value, outer: this.#without(frames.getStore()) }, fn)
  }

  get value(): T | undefined {
    for (let frame = frames.getStore(); frame; frame = frame.outer)
      if (frame.context === this) return frame.value as T
    return undefined
  }

  /** Leaves out an outer value, which would be kept by code that enters again and again. */
  #without(frame: Frame | undefined): Frame | undefined {
    if (!frame) return undefined
    if (frame.context === this) return frame.outer
    const outer = this.#without(frame.outer)
    return outer === frame.outer ? frame : { ...frame, outer }
  }
}
