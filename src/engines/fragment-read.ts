/** A read of the page's data by a fragment whose key does not have it. */
export interface FragmentRead {
  /** The fragment that reads the value. */
  readonly fragment: FragmentAt
  /** The names that lead to the value: `['user', 'name']`. `'[]'` stands for any item. */
  readonly path: readonly string[]
  /**
   * Describes what is read, where, by which way, and what can be done about it.
   *
   * @param reason why the value is not for all visitors; left out: it belongs to one visitor
   */
  describe(reason?: string): string
}

/** A read of the page's data by a parameter of a defined fragment. */
export type ParameterRead = Pick<FragmentRead, 'fragment' | 'path'>

/** A fragment's name, and where its tag stands. */
export interface FragmentAt {
  /** Name of the fragment. */
  readonly name: string
  /** Template that its tag stands in. */
  readonly template: string
  /** Line of its tag, counted from 1. */
  readonly line: number
}

/** A value, or a promise of it. The page waits only for a promise. */
