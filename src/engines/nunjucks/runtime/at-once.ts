/**
 * The statements of a function that returns its text at once: a macro, a `{% call %}`, the contents
 * of a foreign tag.
 *
 * They report an error by calling back, as those of a template do. The callback of the template
 * around them may have been called long before, so they have one of their own, and the function
 * throws what it was called with.
 */
export class AtOnce {
  /** The last statement has run. */
  complete = false
  #failure: { readonly error: unknown } | undefined
  #over = false
  readonly #failLate: (error: unknown) => void

  /** @param failLate is called with an error that comes after the function has returned */
  constructor(failLate: (error: unknown) => void) {
    this.#failLate = failLate
  }

  readonly callback = (error: unknown): void => {
    if (!error) return
    if (this.#over) this.#failLate(error)
    // As everywhere, the first one counts: what failed in an include goes on.
    else this.#failure ??= { error }
  }

  /**
   * To be called before the function returns.
   * @param cut the function is cut, and its errors are dropped: they may come of that
   * @throws what a statement failed with
   */
  end(cut: boolean): void {
    this.#over = true
    if (this.#failure && !cut) throw this.#failure.error
  }
}
