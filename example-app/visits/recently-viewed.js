/**
 * The films that a visitor looked at last, in a signed cookie: it costs no trip, and goes when the
 * browser is closed. A list for each visitor in Redis would be one trip more on each page, and a
 * key for each visitor and robot.
 */

import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

export const RECENT_COOKIE = 'reel_recent'

const KEPT = 8

/**
 * Cookies of another secret count for nothing. Processes that serve one site are given the same
 * `REEL_SECRET`; without it lists begin anew when the process does.
 */
const SECRET = process.env.REEL_SECRET || randomBytes(32)

/**
 * Reads the ids, the latest first.
 * @param {unknown} cookie which a visitor may have written by hand
 * @returns {number[]}
 */
export function readRecent(cookie) {
  if (typeof cookie !== 'string') return []
  const [list = '', signature = ''] = cookie.split('~')
  const [given, right] = [signature, sign(list)].map((text) => Buffer.from(text))
  if (given.length !== right.length || !timingSafeEqual(given, right)) return []
  return list.split('-').map(Number)
}

/**
 * Returns the cookie's new value.
 * @param {number[]} ids as {@link readRecent} returned them
 * @param {number} id the film that is looked at now
 */
export function addRecent(ids, id) {
  const list = [id, ...ids.filter((other) => other !== id)].slice(0, KEPT).join('-')
  return `${list}~${sign(list)}`
}

/** @param {string} list */
function sign(list) {
  return createHmac('sha256', SECRET).update(`recent ${list}`).digest('base64url')
}
