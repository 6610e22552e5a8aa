import type { Entry } from './entry.ts'
import type { Expirations } from './lifetime.ts'

/**
 * How an entry's age compares with its lifetime:
 * - `fresh`: it is shown;
 * - `early`: it is shown, and refreshed before it expires;
 * - `stale`: it has expired, and is shown while it is refreshed;
 * - `fallback`: it has expired, and is shown if rendering fails;
 * - `expired`: it is not shown.
 */
export type Freshness = 'fresh' | 'early' | 'stale' | 'fallback' | 'expired'

/**
 * Compares an entry with the time.
 * @param now the store's time
 * @param beta the option `beta`, see {@link isEarly}
 */
export function freshnessOf(entry: Entry, now: number, beta: number): Freshness {
  const left = entry.freshUntil - now
  if (left > 0) return isEarly(entry.cost, left, beta) ? 'early' : 'fresh'
  if (entry.revalidateUntil > now) return 'stale'
  return entry.errorUntil > now ? 'fallback' : 'expired'
}

/** Returns how long an entry may be shown from `now` on, in ms. */
export function expirationsOf(entry: Entry, now: number): Expirations {
  const { freshUntil, revalidateUntil, errorUntil } = entry
  return { fresh: freshUntil - now, revalidate: revalidateUntil - now, onError: errorUntil - now }
}

/** A draw of less than e^-40 does not happen. */
const MAX_DRAW = 40

/**
 * Decides at random whether a hit is refreshed before it expires: likelier the longer a render
 * takes and the less time is left, so that one request refreshes it and no crowd meets its end.
 * XFetch, of Vattani, Chierichetti and Lowenstein: Optimal Probabilistic Cache Stampede Prevention
 * (VLDB 2015).
 * @param cost what it took to load and render, in ms
 * @param left time until it expires, in ms
 */
export function isEarly(cost: number, left: number, beta: number): boolean {
  const reach = cost * beta
  if (!(left < reach * MAX_DRAW)) return false
  return -Math.log(1 - Math.random()) * reach >= left
}
