/** Counters, locks, limits and search on the Redis of the site. */

import { toolkit } from 'onetrip/toolkit'

/** @typedef {import('onetrip/toolkit').Toolkit} Toolkit */

/**
 * Opens the toolkit. Without Redis there is none: what uses it has another way, or does without.
 * @param {string | undefined} url of Redis
 * @returns {Toolkit | undefined}
 */
export function openToolkit(url) {
  return url ? toolkit(url, { prefix: 'reel:' }) : undefined
}
