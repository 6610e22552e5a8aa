/** What both servers stand on: the catalogue, the views, and a store for the fragments. */

import { memoryStore } from 'onetrip/stores/memory'
import { redisStore } from 'onetrip/stores/redis'
import { CostBar } from './cost-bar.js'
import { createCatalogue } from './films/catalogue.js'
import { openDatabase } from './films/database.js'
import { localeOf } from './languages/language.js'
import { createEngine } from './views.js'

/**
 * @typedef {object} SiteOptions
 * @property {import('onetrip').Store} [store] default: Redis at `REDIS_URL`, or memory where there is none
 * @property {string} [database] file of the catalogue, or ':memory:'; default: `REEL_DB`, or data/reel.db
 * @property {boolean} [cache] false: every page renders all of itself, to compare with
 * @property {boolean} [costs] the bar at the foot of each page; default: unless `NODE_ENV` is production
 */

/** @param {SiteOptions} [options] */
export function openSite({ store = chooseStore(), database, cache = true, costs = isDevelopment() } = {}) {
  const storeName = store.keeps.shared ? 'redisStore' : 'memoryStore, for this process only'
  return {
    catalogue: createCatalogue(openDatabase(database)),
    store,
    storeName,
    engine: createEngine({ cache }),
    costBar: costs ? new CostBar(storeName) : null,
  }
}

function chooseStore() {
  const url = process.env.REDIS_URL
  return url ? redisStore({ url }) : memoryStore()
}

function isDevelopment() {
  return process.env.NODE_ENV !== 'production'
}

/** What both servers give to onetrip. */
export const CACHE_OPTIONS = {
  ttl: '1h',
  vary: { locale: localeOf },
  defaultVary: ['locale'],
  perRequest: ['csrfToken'],
}

/** In bytes: more than the longest review can take, and no more. */
export const BODY_LIMIT = 32 * 1024

/** Pages differ by visitor (the greeting), so nobody in between may keep them. */
export const PAGE_HEADERS = { 'cache-control': 'private, no-cache' }

/** Everything comes from here, nothing is inline: so nothing else is allowed. */
export const SECURITY_HEADERS = {
  'content-security-policy':
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
}
