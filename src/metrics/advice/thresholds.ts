/**
 * Limits that numbers have to exceed before anything is said. Shares are from 0 to 1, times in ms;
 * docs/observability.md explains each.
 */
export const THRESHOLDS = {
  /** Span of the numbers, in minutes. */
  minutes: 1,
  /** Times that a fragment was asked for, or pages of a route. */
  asked: 100,
  /** Share of the requests for a fragment that have the reason of a miss, before it is named. */
  missShare: 0.3,
  /** Times a minute that a fragment is a miss because it was invalidated. */
  invalidatedPerMinute: 1,
  /** Share of the requests that find nothing under their key, where keys have too many values. */
  absentShare: 0.7,
  /** Share of the misses that were rendered and not stored. */
  skippedShare: 0.9,
  /** Hit ratio, stale hits included, under which a fragment is hardly ever a hit. */
  hitRatio: 0.05,
  /** Mean cost of a miss, in ms, from which a miss is worth avoiding. */
  cost: 1,
  /** Mean cost of a miss, in ms, under which a fragment is not worth its place in the store. */
  trifle: 0.1,
  /** Mean size of the HTML of an entry, in bytes. */
  bytes: 100 * 1024,
  /** Mean round trips of a page. */
  trips: 1.5,
  /** Mean time of a page outside of fragments and of the store, in ms. */
  uncachedTime: 20,
  /** Share of the time of a page that is spent there. */
  uncachedShare: 0.5,
} as const
