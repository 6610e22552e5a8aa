/** A Redis for a machine that has none. */

import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

/**
 * @typedef {object} OwnRedis
 * @property {string} url
 * @property {() => Promise<unknown>} close
 */

/**
 * Starts a small Redis in a thread of this process, unless there is another one (`REDIS_URL`) or
 * none is wanted (`STORE`). Other processes reach it as well, at its URL, while this one runs.
 *
 * Not in the main thread: while a page is rendered there, nothing would answer its store, which
 * waits for 100 ms.
 * @returns {Promise<OwnRedis | undefined>}
 */
export async function openOwnRedis() {
  if (process.env.REDIS_URL || process.env.STORE) return undefined
  const thread = new Worker(new URL('./own-redis-thread.js', import.meta.url))
  const [url] = await once(thread, 'message')
  return { url, close: () => thread.terminate() }
}
