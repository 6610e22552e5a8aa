/**
 * The example app, as its owner would run it in production. Nothing in it knows that it is
 * measured.
 */

import { redisStore } from 'onetrip/stores/redis'
import { build } from '../../example-app/fastify.js'

/**
 * @param {string} redisUrl
 * @param {object} [options]
 * @param {boolean} [options.cache] false: every fragment is rendered for every request
 * @param {(store: import('onetrip').Store) => import('onetrip').Store} [options.wrap] around the
 *   store
 */
export async function serveReel(redisUrl, { cache = true, wrap = (store) => store } = {}) {
  const store = wrap(redisStore({ url: redisUrl }))
  const app = await build({ store, cache, database: ':memory:', costs: false })
  return { app, settled: () => app.fragments.settled() }
}
