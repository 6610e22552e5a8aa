/** Search, the same for pages whether SQLite or Redis answers. */

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

/**
 * @param {{ database: import('libsql').Database }} context
 * @returns {Search}
 */
export function openSearch({ database }) {
  return sqliteSearch(database)
}
