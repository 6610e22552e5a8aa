/**
 * Waits that a signal ends. They share one listener: a signal warns of more than 10. A wait that is
 * over leaves nothing behind.
 */
export class AbortableWaits {
  readonly #signal: AbortSignal | undefined
  readonly #rejects = new Set<(reason: unknown) => void>()

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal
    signal?.addEventListener('abort', this.#onAbort)
  }

  /** Settles as a promise does, or rejects with the signal's reason when it aborts first. */
  async until<T>(waiting: Promise<T>): Promise<T> {
    const signal = this.#signal
    if (!signal) return waiting
    let remove: () => void = nothing
    const aborted = new Promise<never>((_, reject) => {
      if (signal.aborted) return reject(signal.reason)
      this.#rejects.add(reject)
      remove = () => this.#rejects.delete(reject)
    })
    try {
      return await Promise.race([aborted, waiting])
    } finally {
      remove()
    }
  }

  /** Removes the listener. */
  end(): void {
    this.#signal?.removeEventListener('abort', this.#onAbort)
  }

  readonly #onAbort = (): void => {
    for (const reject of this.#rejects) reject(this.#signal?.reason)
  }
}

function nothing(): void {}
