/** The subject of an advice. */
export type AdviceKind =
  | 'invalidated often'
  | 'too many variants'
  | 'never stored'
  | 'hardly ever a hit'
  | 'ttl too short'
  | 'not worth a trip'
  | 'too large'
  | 'several trips'
  | 'costs more than it saves'
  | 'uncached time'

/** One thing to do, in words, with the numbers that say so. */
export interface Advice {
  readonly kind: AdviceKind
  /** Name of the fragment; absent if it is about pages. */
  readonly fragment?: string
  /** Template that the fragment stands in, or of the pages; absent if it is about a route. */
  readonly template?: string
  /** Pattern of the route; absent if it is about a fragment or a template. */
  readonly route?: string
  /** The finding, and what to do about it. */
  readonly text: string
  /** The numbers in the text, and what they were compared with. Times in ms, shares from 0 to 1. */
  readonly numbers: Readonly<Record<string, number>>
  /** Size of the finding: ms of render time for each minute; of `too large`, KB instead. */
  readonly weight: number
}

/** Knowledge beside the numbers. */
export interface AdviceContext {
  /**
   * Returns the tags that a fragment had on traced pages.
   * @defaultValue none are known: the most invalidated tags are named
   */
  readonly tagsOf?: ((fragment: string, template: string) => readonly string[]) | undefined
}
