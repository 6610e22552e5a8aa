import type { Clock } from '../../clock.ts'
import { StoreError } from '../../errors.ts'

/**
 * What a promise gives, if it does so in time.
 *
 * A process that was busy for long finds the time over before it has looked at its sockets, where the answer may lie:
 * they are looked at once more. Otherwise load alone would make pages give up on a store that is well, and add to the load.
 *
 * @param ms milliseconds, by `clock`
 * @param late gives the outcome where the time is over, or throws it
 */
export function within<T>(ms: number, work: Promise<T>, late: () => T, clock: Clock): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const timer = clock.setTimeout(() => {
      clock.setImmediate(() => {
        try {
          resolve(late())
        } catch (error) {
          reject(error)
        }
      })
    }, ms)
    work.then(resolve, reject).finally(() => clock.clearTimeout(timer))
  })
}

/** Calls a store, which may be somebody else's and throw where it should reject. */
export async function ask<T>(call: () => Promise<T>): Promise<T> {
  return call()
}

/** As {@link ask}, for so many milliseconds. @throws what the store throws, StoreError where it did not answer in time */
export function askWithin<T>(ms: number, call: () => Promise<T>, clock: Clock): Promise<T> {
  const late = () => {
    throw new StoreError(`The store did not answer within ${ms} ms`)
  }
  return within(ms, ask(call), late, clock)
}

/** How long one page waits for the store, all its trips together. */
export class Deadline {
  /** Milliseconds that it may wait yet. */
  left: number
  readonly #clock: Clock

  /** @param limit milliseconds */
  constructor(limit: number, clock: Clock) {
    this.left = limit
    this.#clock = clock
  }

  /** As {@link within}, for as long as there is. */
  async wait<T>(work: Promise<T>, late: () => T): Promise<T> {
    const begun = this.#clock.now()
    try {
      return await within(Math.max(0, this.left), work, late, this.#clock)
    } finally {
      this.left -= this.#clock.now() - begun
    }
  }
}
