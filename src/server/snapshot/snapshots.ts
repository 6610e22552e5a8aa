/** When the keys were written to a file, and how. */
export class Snapshots {
  /** In ms since 1970: the last time, or the start. */
  savedAt: number
  /** Writes the file; undefined if the server has none. */
  write: (() => void) | undefined
  readonly #clock: { readonly now: number }
  readonly #stats: { readonly dirty: number }
  #savedChanges = 0

  constructor(clock: { readonly now: number }, stats: { readonly dirty: number }) {
    this.#clock = clock
    this.#stats = stats
    this.savedAt = clock.now
  }

  /** Changes of keys since the file was written. */
  get changes(): number {
    return this.#stats.dirty - this.#savedChanges
  }

  /** Notes that the file has what the databases have. */
  noteSaved(): void {
    this.savedAt = this.#clock.now
    this.#savedChanges = this.#stats.dirty
  }

  /** Writes the file, if there is one. @throws ServerError */
  save(): void {
    this.write?.()
    this.noteSaved()
  }
}
