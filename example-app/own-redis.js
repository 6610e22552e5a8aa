/** A Redis for a machine that has none. */

import { startServer } from 'onetrip/server'

/**
 * Starts a small Redis in this process, unless there is another one (`REDIS_URL`) or none is wanted
 * (`STORE`). Other processes reach it as well, at its URL, while this one runs.
 * @returns {Promise<import('onetrip/server').RedisServer | undefined>}
 */
export async function openOwnRedis() {
  const { REDIS_URL: url, STORE: store } = process.env
  return url || store ? undefined : startServer()
}
