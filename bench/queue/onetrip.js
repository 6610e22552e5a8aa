/** The task queue of this package, with its default settings. */

import { Redis } from 'ioredis'
import { TaskQueue } from 'onetrip/queue'

/** @param {string} url */
export function open(url) {
  const redis = new Redis(url, { maxRetriesPerRequest: null })
  const queue = new TaskQueue('bench', { redis })
  /** @type {(argument: object) => Promise<unknown>} */
  let handle = async () => {}
  const task = queue.task('task', { result: false }, (/** @type {object} */ argument) => handle(argument))
  const asked = queue.task('asked', (/** @type {object} */ argument) => handle(argument))

  return {
    ready: () => redis.ping(),

    async addOne(argument) {
      await task(argument)
    },

    /** @param {object[]} all @param {boolean} [kept] results are kept for an hour */
    async addMany(all, kept = false) {
      await (kept ? asked : task).addMany(all.map((argument) => [argument]))
    },

    /**
     * @param {number} concurrency
     * @param {(argument: object) => Promise<unknown>} handler
     */
    async work(concurrency, handler) {
      handle = handler
      const worker = queue.worker({ concurrency })
      return { close: () => worker.close() }
    },

    /** Adds a task and waits for its result. */
    async ask(argument) {
      return (await asked(argument)).result()
    },

    /** Returns how many tasks are waiting or running. */
    async left() {
      // Streams hold what waits and what runs.
      const streams = ['returned', 'high', 'normal', 'low'].map((name) => `onetrip:{bench}:${name}`)
      const lengths = await Promise.all(streams.map((key) => redis.xlen(key)))
      return lengths.reduce((sum, length) => sum + length, 0)
    },

    async close() {
      await queue.close()
      redis.disconnect()
    },
  }
}
