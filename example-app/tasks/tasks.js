/**
 * Work that no visitor waits for: a queue carries it to workers where Redis is there. Without
 * Redis, or while it is away, the process does the work itself, and the visitor waits: nothing is
 * lost.
 */

import { randomUUID } from 'node:crypto'
import { writeMail } from './mail.js'
import { findSpam } from './spam-check.js'

/**
 * A review as its task gets it.
 * @typedef {object} Review
 * @property {string} submission  the form that was sent: each is kept once, however often it runs
 * @property {number} filmId
 * @property {string} author
 * @property {number} stars
 * @property {string} text
 * @property {string} language
 */

/** @typedef {ReturnType<typeof createTasks>} Tasks */

/**
 * @param {object} context
 * @param {import('../films/catalogue.js').Catalogue} context.catalogue
 * @param {(...tags: string[]) => Promise<unknown>} context.invalidate
 * @param {import('onetrip/queue').TaskQueue} [context.queue]
 */
export function createTasks({ catalogue, invalidate, queue }) {
  /** @param {Review} review */
  const keepReview = async (review) => {
    if ((await findSpam(review.text)) !== undefined) return
    catalogue.addReview(review)
    await invalidate(`reviews:${review.filmId}`, 'reviews')
  }
  /** @param {{ id: string, name: string, email: string, text: string }} message */
  const sendMessage = async (message) => {
    if ((await findSpam(message.text)) === undefined) await writeMail(message)
  }

  const addReview = carried(queue, 'review', keepReview)
  const addMessage = carried(queue, 'contact', sendMessage)
  return {
    /**
     * Takes a review. Resolves with true if it shows already, false if a worker has yet to check
     * it.
     * @param {Omit<Review, 'submission'>} review
     */
    takeReview: (review) => addReview({ submission: randomUUID(), ...review }),
    /** @param {{ name: string, email: string, text: string }} message */
    takeMessage: (message) => addMessage({ id: randomUUID(), ...message }),
  }
}

/**
 * Returns a function that hands work to the queue, or does it. It resolves with true if it is done.
 * @template T
 * @param {import('onetrip/queue').TaskQueue | undefined} queue
 * @param {string} name
 * @param {(work: T) => Promise<void>} handler
 * @returns {(work: T) => Promise<boolean>}
 */
function carried(queue, name, handler) {
  const here = async (work) => {
    await handler(work)
    return true
  }
  if (queue === undefined) return here
  const add = queue.task(name, { retries: 5, timeout: '30s' }, handler)
  return async (work) => {
    try {
      await add(work)
      return false
    } catch (error) {
      console.error(`The queue does not take "${name}": it is done here.`, error)
      return here(work)
    }
  }
}
