import type { FragmentEvent, MissReason } from '../events.ts'

/** The outcome of one fragment of a page. Valid during the call only: copy what is kept. */
export interface ObservedFragment {
  /** Name of the fragment: the first argument of its tag. */
  readonly name: string
  /** Key of its entry in the store. */
  readonly key: string
  /** Template that its tag stands in. */
  readonly template: string
  /** Line of its tag, counted from 1. */
  readonly line: number
  /** `'hit'`: from the store; `'stale'`: from the store, after its TTL; `'miss'`: rendered. */
  readonly state: 'hit' | 'stale' | 'miss'
  /** Reason of a miss; undefined for others. */
  readonly reason: MissReason | undefined
  /** True for a hit that another page rendered at the same time. */
  readonly joined: boolean
  /** Size of its HTML, in bytes. */
  readonly bytes: number
  /**
   * Load and render time in ms: of a hit or stale hit, what its entry has stored, which is the time
   * that it saved; of a miss, what its own body took, without the fragments inside it.
   */
  readonly cost: number
  /** Time that the body of a miss ran, in ms; 0 for others. */
  readonly renderTime: number
  /** Time that the loads of a miss took, in ms; 0 for others. */
  readonly loadTime: number
  /**
   * When its entry was written, of a hit and a stale hit, in ms since 1970 by the store's clock.
   * Its age is the difference to {@link ObservedPage.storeTime}.
   */
  readonly writtenAt: number | undefined
  /** Names of the tags of its `tags=`, or of its definition. */
  readonly tags: readonly string[]
}

/** One page whose response is over. Valid during the call only: copy what is kept. */
export interface ObservedPage {
  /** Name of the template that was rendered first. */
  readonly template: string
  /**
   * Pattern of the framework's route, such as `/film/:slug`; never the URL. Undefined for a page
   * that no route has served.
   */
  readonly route: string | undefined
  /** Method of the request, such as `GET`; undefined for a page without a request. */
  readonly method: string | undefined
  /** Status code of the response; undefined for a page without one, and if nothing was sent. */
  readonly status: number | undefined
  /** True if what the page rendered may be stored. */
  readonly stored: boolean
  /** Reason why nothing of the page is stored; undefined if it may be. */
  readonly reason: string | undefined
  /** All fragments of the page, in their order, with those inside others. */
  readonly fragments: readonly ObservedFragment[]
  /** Number of round trips to the store for the page's fragments. */
  readonly trips: number
  /** Number of further round trips for values. */
  readonly valueTrips: number
  /** Number of fragments that it left to another page or process, and waited for. */
  readonly waits: number
  /** Number of runs of templates, the later ones of lazy values included. */
  readonly runs: number
  /** The store's time when its last render ended, in ms since 1970; NaN if it is not known. */
  readonly storeTime: number
  /** Time of its renders from the call until the bytes were there, in ms. */
  readonly duration: number
  /** Time that it waited for the store to read fragments, in ms. */
  readonly fetchTime: number
  /** Time that it waited for lazy values, in ms. */
  readonly loadTime: number
  /** Time that bodies of misses ran, in ms. */
  readonly renderTime: number
}

/** One round trip to the store. */
export interface ObservedTrip {
  /**
   * `fetch`: entries of fragments and their tags; `values`: values; `write`: entries written;
   * `tags`: versions of tags; `delete`: deletes and clears.
   */
  readonly kind: 'fetch' | 'values' | 'write' | 'tags' | 'delete'
  /** In ms. */
  readonly duration: number
  /** Number of keys that it read or wrote. */
  readonly keys: number
  /** True if the store did not answer, or answered with an error. */
  readonly failed: boolean
}

/**
 * Receives what a cache does, by methods that are all optional. Nothing is measured while no
 * observer is there. An error that a method throws is ignored.
 */
export interface CacheObserver {
  /** Called once for each page, when its response is over. */
  page?(page: ObservedPage): void
  /**
   * Called once for each round trip to the store: reads of one turn of the event loop are one, for
   * however many pages. Not called for locks, and for the store's clock.
   */
  trip?(trip: ObservedTrip): void
  /** Called for rare events: all {@link FragmentEvent}s but `hit`, `stale` and `miss`. */
  event?(event: FragmentEvent): void
}
