/**
 * BullMQ with its documented settings for production and for throughput:
 * `maxRetriesPerRequest: null` for workers, `noeviction`, `addBulk`, and `removeOnComplete`,
 * without which finished jobs are kept for ever.
 */

import { Queue, QueueEvents, Worker } from 'bullmq'
import { Redis } from 'ioredis'

/** @param {string} url */
export function open(url) {
  const connection = new Redis(url, { maxRetriesPerRequest: null })
  const queue = new Queue('bench', { connection, defaultJobOptions: { removeOnComplete: true } })
  /** @type {QueueEvents | undefined} */
  let events

  return {
    ready: () => queue.waitUntilReady(),

    async addOne(argument) {
      await queue.add('task', argument)
    },

    /** @param {object[]} all @param {boolean} [kept] results are kept for an hour */
    async addMany(all, kept = false) {
      const opts = { removeOnComplete: kept ? { age: 3_600 } : true }
      await queue.addBulk(all.map((data) => ({ name: 'task', data, opts })))
    },

    /**
     * @param {number} concurrency
     * @param {(argument: object) => Promise<unknown>} handler
     */
    async work(concurrency, handler) {
      const worker = new Worker('bench', ({ data }) => handler(data), { connection, concurrency })
      worker.on('error', fail)
      await worker.waitUntilReady()
      return { close: () => worker.close() }
    },

    /**
     * Adds a task and waits for its result. A job that is removed at once may be gone before the
     * wait begins, which is an error: it is kept.
     */
    async ask(argument) {
      events ??= new QueueEvents('bench', { connection: new Redis(url, { maxRetriesPerRequest: null }) })
      await events.waitUntilReady()
      const job = await queue.add('task', argument, { removeOnComplete: { age: 3_600 } })
      return job.waitUntilFinished(events)
    },

    /** Returns how many tasks are waiting or running. */
    async left() {
      const { waiting = 0, active = 0 } = await queue.getJobCounts('waiting', 'active')
      return waiting + active
    },

    async close() {
      await events?.close()
      await queue.close()
      connection.disconnect()
    },
  }
}

/** @param {Error} error @returns {never} */
function fail(error) {
  throw error
}
