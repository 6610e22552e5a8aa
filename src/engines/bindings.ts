/**
 * Tells which code the names and blocks stand for that a body takes from the page around it. It may
 * be called once the run that declared the fragment is over.
 *
 * @param templates whose code runs in the body, by name; left out where that is not known yet: then
 * the answer covers all that the body may see
 * @param blocks of the page that the body runs: {@link Borrowed}, or those that the text of earlier
 * bindings names
 * @param macros that the body called; given where it has run and is to be stored
 */
export type Bind = (
  templates?: Iterable<readonly [name: string, digest: unknown]>,
  blocks?: Iterable<string>,
  macros?: Iterable<object>,
) => Bindings

/**
 * The code that a body takes from the page around it: macros, imports, blocks of parents and
 * children.
 */
export interface Bindings {
  /** Equal for the same code; `''` where the body takes none. */
  readonly text: string
  /** The macros among the code. */
  readonly macros: ReadonlySet<object>
  /** The reason why the text does not cover all of the code; undefined where it does. */
  readonly unsure: string | undefined
}

/** The code that a run of a body took from the page around it. */
export interface Borrowed {
  /** The blocks that it ran, each as an id that {@link Bind} resolves for a page. */
  readonly blocks: ReadonlySet<string>
  /** The macros that it called. */
  readonly macros: ReadonlySet<object>
  /** The reason why not all of that code can be named; undefined where it can. */
  readonly unsure: string | undefined
}
