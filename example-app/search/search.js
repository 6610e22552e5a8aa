/** Search, the same for pages whether SQLite or Redis answers. */

import { sqliteSearch } from './sqlite-search.js'

/**
 * @typedef {object} Search
 * @property {(terms: string[]) => Promise<number[]>} find  the ids of all films that have all
 *   words and phrases, best first: some thousand films need no pages here
 * @property {(text: string, limit: number) => Promise<Suggestion[]>} suggest  films and directors
 *   of which words begin with those of the text
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
