import type { Clock } from '../../clock.ts'
import { StoreError } from '../../errors.ts'

/**
 * Settles like `work`, or with `late()` after `ms` milliseconds.
 *
 * A process that was busy finds the time over before it has read its sockets, where the answer may
 * be: they are read once more. Otherwise load alone would make pages give up on a healthy store,
 * and add to the load.
 * @param late returns the outcome when the time is over, or throws it
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

/** Calls a store. A foreign one may throw where it should reject. */
export async function ask<T>(call: () => Promise<T>): Promise<T> {
  return call()
}

/** Calls a store, for `ms` milliseconds. @throws what it throws; StoreError if it is too late */
export function askWithin<T>(ms: number, call: () => Promise<T>, clock: Clock): Promise<T> {
  const late = () => {
    throw new StoreError(`The store did not answer within ${ms} ms`)
  }
  return within(ms, ask(call), late, clock)
}

/** Part of the limit that is left when it has passed, but the store was not late. */
const LEAST = 0.1

/**
 * Time that one page may wait for the store, over all its round trips.
 *
 * A process that was busy counts its own time as waiting, and may find the limit passed by an
 * answer that was in its socket long before. The next round trip still has a tenth of the limit,
 * since the store was not late.
 */
export class Deadline {
  /** In ms. */
  left: number
  /** Milliseconds that were spent in all waits. */
  waited = 0
  readonly #least: number
  readonly #clock: Clock

  /** @param limit in ms */
  constructor(limit: number, clock: Clock) {
    this.left = limit
    this.#least = limit * LEAST
    this.#clock = clock
  }

  /** Waits as {@link within}, for the time that is left. */
  async wait<T>(work: Promise<T>, late: () => T): Promise<T> {
    const begun = this.#clock.now()
    let least = Math.min(this.left, this.#least)
    const giveUp = () => {
      least = 0
      return late()
    }
    try {
      return await within(Math.max(0, this.left), work, giveUp, this.#clock)
    } finally {
      const took = this.#clock.now() - begun
      this.waited += took
      const left = this.left - took
      this.left = left > 0 ? left : least
    }
  }
}

/** Time that a page may wait for what others render, in all. Simultaneous waits count once. */
export class WaitBudget {
  readonly #clock: Clock
  #left: number
  #waits = 0
  #since = 0

  /** @param limit in ms */
  constructor(limit: number, clock: Clock) {
    this.#clock = clock
    this.#left = limit
  }

  /** Waits. @param wait is given the time that is left, in ms */
  async during<T>(wait: (left: number) => Promise<T>): Promise<T> {
    if (this.#waits++ === 0) this.#since = this.#clock.now()
    try {
      return await wait(this.#left - (this.#clock.now() - this.#since))
    } finally {
      if (--this.#waits === 0) this.#left -= this.#clock.now() - this.#since
    }
  }
}
