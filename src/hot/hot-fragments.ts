/** Params of a fragment, as one string, and how often they were asked for. */
export interface HotParams {
  readonly params: string
  /** Requests of the current time window, and of earlier ones with a weight that decays. */
  readonly count: number
}

/** Counts which params of which fragments are asked for, over all processes. */
export interface HotFragments {
  /**
   * Counts a request. Returns at once and never throws.
   *
   * @param params as one string, the same for the same content
   * @param weight number of requests that this one stands for. @defaultValue 1
   */
  note(fragment: string, params: string, weight?: number): void

  /** Returns the `n` params of a fragment that are asked for most, most first. */
  top(fragment: string, n: number): Promise<HotParams[]>
}
