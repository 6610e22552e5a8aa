/** When the keys were written to a file, and how. */
export class Snapshots {
  /** In ms since 1970: the last time, or the start. */
  savedAt: number
  /** Writes the file; undefined if the server has none. */
  write: (() => void) | undefined
  readonly #clock: { readonly now: number }

  constructor(clock: { readonly now: number }) {
    this.#clock = clock
    this.savedAt = clock.now
  }

  /** Writes the file, if there is one. @throws ServerError */
  save(): void {
    this.write?.()
    this.savedAt = this.#clock.now
  }
}
