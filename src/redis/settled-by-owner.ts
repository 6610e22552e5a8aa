import { onAbort } from './on-abort.ts'

/** Waits that also end when their owner is closed, or when their caller's signal aborts. */
export class SettledByOwner {
  readonly #rejects = new Set<(reason: unknown) => void>()

  /**
   * Settles like `work`, or earlier: with the reason of the signal, or with that of
   * {@link SettledByOwner.rejectAll}.
   *
   * @param onEarly called where it ends earlier
   */
  race<T>(work: Promise<T>, signal?: AbortSignal, onEarly?: () => void): Promise<T> {
    return new Promise((resolve, reject) => {
      const settle = () => {
        this.#rejects.delete(early)
        endSignal?.()
      }
      const early = (reason: unknown) => {
        settle()
        reject(reason)
        onEarly?.()
      }
      this.#rejects.add(early)
      const endSignal = signal && onAbort(signal, () => early(signal.reason))
      work.then(
        (value) => {
          settle()
          resolve(value)
        },
        (error: unknown) => {
          settle()
          reject(error)
        },
      )
    })
  }

  rejectAll(reason: unknown): void {
    for (const reject of [...this.#rejects]) reject(reason)
  }
}
