/** Search, the same for pages whether SQLite or Redis answers. */

import { ClosedError } from 'onetrip'
import { within } from '../within.js'
import { redisSearch } from './redis-search.js'
import { sqliteSearch } from './sqlite-search.js'

/**
 * @typedef {object} Search
 * @property {(terms: string[], page: FoundPage) => Promise<Found>} find  the films that have all
 *   words and phrases, best first; where there are none, those with words that begin so
 * @property {(text: string, limit: number) => Promise<Suggestion[]>} suggest  films and directors
 *   of which words begin with those of the text
 */

/**
 * @typedef {object} FoundPage
 * @property {Choice} choice  the shelves that films must be on
 * @property {number} limit
 * @property {number} offset
 */

/** @typedef {Partial<Record<ShelfName, string | number>>} Choice  a value of each shelf, at most */
/** @typedef {import('../films/shelves.js').ShelfName} ShelfName */

/**
 * Films that were found. A shelf's counts are those of films on the chosen values of the *other*
 * shelves, so that a visitor may choose again.
 * @typedef {object} Found
 * @property {number[]} ids  of this page
 * @property {number} total  on all pages
 * @property {Record<ShelfName, { value: string | number, films: number }[]>} facets
 */

/**
 * @typedef {Pick<import('./texts.js').Suggestible, 'type' | 'text' | 'filmId' | 'year'>} Suggestion
 */

/** Milliseconds that Redis is given; SQLite answers in less. */
const PATIENCE = 500

/**
 * Opens the search: that of Redis, where there is a toolkit. SQLite answers until its index is
 * filled, and whenever it fails or takes too long. `fill` fills the index, where there is one and
 * it is empty.
 * @param {object} context
 * @param {import('libsql').Database} context.database
 * @param {import('../toolkit.js').Toolkit | undefined} [context.kit]
 * @returns {Search & { fill: () => Promise<void> }}
 */
export function openSearch({ database, kit }) {
  const bySqlite = sqliteSearch(database)
  if (kit === undefined) return { ...bySqlite, fill: async () => {} }

  const byRedis = redisSearch(kit)
  let isFilled = false
  const films = database.prepare('SELECT * FROM films ORDER BY votes DESC, id')
  /**
   * @template T
   * @param {(search: Search) => Promise<T>} ask
   */
  const answer = async (ask) => {
    if (!isFilled) return ask(bySqlite)
    try {
      return await within(PATIENCE, ask(byRedis))
    } catch (error) {
      console.error('Redis does not answer a search: SQLite does.', error)
      return ask(bySqlite)
    }
  }
  return {
    fill: async () => {
      try {
        await byRedis.fill(/** @type {import('../films/normalise.js').Film[]} */ (films.all()))
        isFilled = true
      } catch (error) {
        // A site that is stopped meanwhile fills it when it is started again.
        if (error instanceof ClosedError) return
        console.error('The index is not filled: SQLite searches until the next start.', error)
      }
    },
    find: (terms, page) => answer((search) => search.find(terms, page)),
    suggest: (text, limit) => answer((search) => search.suggest(text, limit)),
  }
}
