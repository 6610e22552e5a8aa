/** The base of both servers: the catalogue, the views, and a store for the fragments. */

import { fileURLToPath } from 'node:url'
import { PER_VISITOR } from 'onetrip'
import { TaskQueue } from 'onetrip/queue'
import { lmdbStore } from 'onetrip/stores/lmdb'
import { memoryStore } from 'onetrip/stores/memory'
import { redisStore } from 'onetrip/stores/redis'
import { CostBar } from './cost-bar.js'
import { createCatalogue } from './films/catalogue.js'
import { openDatabase } from './films/database.js'
import { createFragments } from './fragments.js'
import { localeOf } from './languages/language.js'
import { openSearch } from './search/search.js'
import { openToolkit } from './toolkit.js'
import { createEngine } from './views.js'
import { redisViews } from './visits/redis-views.js'
import { sqliteViews, ViewCounts } from './visits/view-counts.js'

/**
 * @typedef {object} SiteOptions
 * @property {import('onetrip').Store} [store] default: what `STORE` or `redisUrl` say, or memory
 * @property {string} [redisUrl] default: `REDIS_URL`
 * @property {string} [database] file of the catalogue, or ':memory:'; default: `REEL_DB`, or
 *   data/reel.db
 * @property {boolean} [cache] false: every page renders all of itself, to compare with
 * @property {boolean} [costs] the bar at the foot of each page; default: unless `NODE_ENV` is
 *   production
 * @property {boolean} [dashboard] the live page of the cache; default: unless `NODE_ENV` is
 *   production
 */

/** @param {SiteOptions} [options] */
export function openSite({
  store,
  redisUrl = process.env.REDIS_URL,
  database: file,
  cache = true,
  costs = isDevelopment(),
  dashboard = isDevelopment(),
} = {}) {
  const chosen = store ? { store, storeName: 'a store that was given' } : chooseStore(redisUrl)
  const database = openDatabase(file)
  const catalogue = createCatalogue(database)
  const views = new ViewCounts(chosen.kit ? redisViews(chosen.kit) : sqliteViews(database))
  const costBar = costs ? new CostBar(chosen.storeName) : null
  return {
    ...chosen,
    database,
    catalogue,
    search: openSearch({ database, kit: chosen.kit }),
    views,
    engine: createEngine({ cache }),
    costBar,
    dashboard,
    definitions: createFragments({ catalogue, views, noteLoad: costBar?.noteLoad.bind(costBar) }),
  }
}

/**
 * Chooses a store, and where it is Redis, a queue and a toolkit there.
 *
 * `STORE` names one that needs no server; else Redis, if there is one; else memory.
 * @param {string | undefined} url of Redis
 * @returns {{ store: import('onetrip').Store, storeName: string, queue?: TaskQueue,
 *   kit?: import('./toolkit.js').Toolkit | undefined, redisUrl?: string }}
 */
function chooseStore(url) {
  const { STORE: name, STORE_PATH: path } = process.env
  if (name === 'lmdb') {
    const file = path ?? fileURLToPath(new URL('data/fragments', import.meta.url))
    return { store: lmdbStore({ path: file }), storeName: 'lmdbStore, for all processes of this machine' }
  }
  if (name && name !== 'memory')
    throw new Error(`STORE may be lmdb or memory, not ${name}; leave it out for Redis.`)
  if (url && !name) {
    const queue = new TaskQueue('reel', { redis: url })
    queue.on('dead', ({ name, error }) => console.error(`The task "${name}" failed for good.`, error))
    return {
      store: redisStore({ url }),
      storeName: 'redisStore',
      queue,
      kit: openToolkit(url),
      redisUrl: url,
    }
  }
  return { store: memoryStore(), storeName: 'memoryStore, for this process only' }
}

/**
 * Returns the proxies in front of the site, by the variable `TRUST_PROXY`: their addresses or
 * networks, such as `loopback` or `10.0.0.0/8, 127.0.0.1`. Only what they say about the address of
 * a visitor is believed: visitors can write such headers, too.
 * @returns {string | false}
 */
export function trustedProxies() {
  return process.env.TRUST_PROXY || false
}

function isDevelopment() {
  return process.env.NODE_ENV !== 'production'
}

/**
 * The options of the cache, in both servers and in workers.
 * @param {ReturnType<typeof openSite>} site
 */
export function cacheOptions({ engine, store, definitions, queue }) {
  return {
    engine,
    store,
    fragments: { define: definitions, queue },
    ttl: '1h',
    vary: { locale: localeOf },
    keys: { defaultVary: ['locale'] },
    perRequest: ['csrfToken'],
    // A fragment that reads it is an error, unless its key has the visitor.
    safety: { perVisitor: [...PER_VISITOR, 'recentlyViewed'] },
    // Visitors choose the keys of searches. All cards in all languages are 6,402.
    limits: { maxVariants: 10_000 },
  }
}

/**
 * The options of onetrip in both servers.
 * @param {ReturnType<typeof openSite>} site
 */
export function webOptions(site) {
  const { queue, redisUrl, dashboard } = site
  return {
    ...cacheOptions(site),
    // Of all processes, where there is Redis.
    metrics: dashboard ? { redis: redisUrl } : false,
    dashboard: dashboard && { path: DASHBOARD_PATH, queues: queue ? [queue] : [] },
  }
}

/** Path of the live page. Without `authorize` it answers requests from nearby, in development. */
export const DASHBOARD_PATH = '/_onetrip'

/** Bytes: the most that a review can take. */
export const BODY_LIMIT = 32 * 1024

/** Pages differ by visitor (the greeting), so no cache between may keep them. */
export const PAGE_HEADERS = { 'cache-control': 'private, no-cache' }

/** Everything comes from here, nothing is inline: so nothing else is allowed. */
export const SECURITY_HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
}
