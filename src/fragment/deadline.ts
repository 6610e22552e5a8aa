/**
 * What a promise gives, if it does so in time.
 *
 * A process that was busy for long finds the time over before it has looked at its sockets, where the answer may lie:
 * they are looked at once more. Otherwise load alone would make pages give up on a store that is well, and add to the load.
 *
 * @param ms milliseconds
 * @param late gives the outcome where the time is over, or throws it
 */
export function within<T>(ms: number, work: Promise<T>, late: () => T): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const timer = setTimeout(() => {
      setImmediate(() => {
        try {
          resolve(late())
        } catch (error) {
          reject(error)
        }
      })
    }, ms)
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

/** How long one page waits for the store, all its trips together. */
export class Deadline {
  /** Milliseconds that it may wait yet. */
  left: number

  /** @param limit milliseconds */
  constructor(limit: number) {
    this.left = limit
  }

  /** As {@link within}, for as long as there is. */
  async wait<T>(work: Promise<T>, late: () => T): Promise<T> {
    const begun = performance.now()
    try {
      return await within(Math.max(0, this.left), work, late)
    } finally {
      this.left -= performance.now() - begun
    }
  }
}
