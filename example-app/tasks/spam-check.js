/** A check that takes its time, as one that asks a service of another company does. */

import { setTimeout as sleep } from 'node:timers/promises'

const TAKES_MS = 400
const MOST_LINKS = 2
const SPAM_WORDS = /\b(casino|viagra|crypto giveaway|work from home)\b/i

/**
 * @param {string} text
 * @param {AbortSignal} [signal] ends the wait
 * @returns {Promise<string | undefined>} why it is spam, or undefined
 */
export async function findSpam(text, signal) {
  await sleep(TAKES_MS, undefined, { signal })
  if (SPAM_WORDS.test(text)) return 'it advertises'
  if ((text.match(/https?:\/\//g) ?? []).length > MOST_LINKS) return 'it has many links'
  return undefined
}
