/**
 * Counts which parameters of which fragments are asked for, over all processes: a
 * `RedisHotFragments`, or an object like it.
 */
export interface HotFragments {
  /**
   * Counts a request. Returns at once and never throws.
   * @param params as one string, the same for the same content
   */
  note(fragment: string, params: string): void
  /** Returns the `n` parameters of a fragment that are asked for most, most first. */
  top(fragment: string, n: number): Promise<readonly { readonly params: string }[]>
}
