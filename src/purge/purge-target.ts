/** Something in front of the site that keeps pages, and can be told to drop them by their keys. */
export interface PurgeTarget {
  /** Name for errors. */
  readonly name: string
  /** Most keys of one call. */
  readonly maxKeys: number
  /** Most bytes of the keys of one call, with a character between them. */
  readonly maxBytes: number
  /** Time after which a call has failed, in ms. */
  readonly timeout: number
  /**
   * Purges all pages that have one of the keys. A call that is repeated does no harm.
   * @param signal aborts the call when its time is over
   * @throws an Error if it is not known that all were purged
   */
  purge(keys: readonly string[], signal: AbortSignal): Promise<void>
}
