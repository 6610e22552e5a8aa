import { openContainers } from './containers.js'
import { openLock } from './lock.js'
import { openModels } from './models.js'
import { openRateLimit } from './rate-limit.js'

/**
 * A case: contenders that do the same, each a function that does it once.
 * @typedef {object} Case
 * @property {string} title
 * @property {number} [concurrency] calls under way at one time (1)
 * @property {Record<string, (n: number) => Promise<unknown>>} contenders by name; the first is the
 *   floor, to which the others are compared. `n` counts the calls
 * @property {(name: string) => Promise<void>} [check] throws if a contender did something else
 */

/**
 * Things whose memory is measured: a function for each contender that fills an empty database.
 * @typedef {{ title: string, items: number, contenders: Record<string, () => Promise<unknown>> }}
 * Memory
 */

/** @typedef {{ cases: Case[], memory?: Memory[], close(): Promise<void> }} Group */

/**
 * Groups by name, each opened with the URL of a database of its own.
 * @type {Record<string, (url: string) => Promise<Group>>}
 */
export const GROUPS = {
  containers: openContainers,
  lock: openLock,
  'rate-limit': openRateLimit,
  models: openModels,
}
