/** Search by SQLite's own index of words (FTS5): needs no server. */

import { wordsOf } from './query.js'
import { suggestiblesOf, textsOf } from './texts.js'

/**
 * `remove_diacritics 2` finds "Amélie" by "amelie". Words of films are stemmed ("robots" finds
 * "robot"), suggestions are not: there each keystroke is the begin of a word.
 */
export const SEARCH_TABLES = `
  DROP TABLE IF EXISTS filmTexts;
  DROP TABLE IF EXISTS suggestions;

  CREATE VIRTUAL TABLE filmTexts USING fts5 (
    title, director, about, tokenize = 'porter unicode61 remove_diacritics 2'
  );
  CREATE VIRTUAL TABLE suggestions USING fts5 (
    text, type UNINDEXED, filmId UNINDEXED, year UNINDEXED, popularity UNINDEXED,
    tokenize = 'unicode61 remove_diacritics 2', prefix = '1 2 3'
  );
`

/** A word of the title counts more than the director's name, and that more than the rest. */
const FIND = `
  SELECT films.id FROM filmTexts JOIN films ON films.id = filmTexts.rowid
  WHERE filmTexts MATCH ?
  ORDER BY bm25(filmTexts, 10, 5, 1) * (1 + ln(1 + coalesce(films.votes, 0)) / 5), films.id`

/** First what begins with the query, then the best known. */
const SUGGEST = `
  SELECT type, text, filmId, year FROM suggestions
  WHERE suggestions MATCH ?1
  ORDER BY popularity + (rowid IN (SELECT rowid FROM suggestions WHERE suggestions MATCH ?2)) DESC, rowid
  LIMIT ?3`

/**
 * Fills the tables, as a part of filling the catalogue.
 * @param {import('libsql').Database} database
 * @param {import('../films/normalise.js').Film[]} films
 */
export function fillSearch(database, films) {
  const addFilm = database.prepare(
    'INSERT INTO filmTexts (rowid, title, director, about) VALUES (?, ?, ?, ?)',
  )
  for (const film of films) {
    const { title, director, about } = textsOf(film)
    addFilm.run(film.id, title, director, about)
  }
  const addSuggestion = database.prepare(
    'INSERT INTO suggestions (text, type, filmId, year, popularity) VALUES (?, ?, ?, ?, ?)',
  )
  for (const { text, type, filmId, year, popularity } of suggestiblesOf(films))
    addSuggestion.run(text, type, filmId, year, popularity)
}

/**
 * @param {import('libsql').Database} database
 * @returns {import('./search.js').Search}
 */
export function sqliteSearch(database) {
  const find = database.prepare(FIND)
  const suggest = database.prepare(SUGGEST)
  /** @param {string} match */
  const idsOf = (match) => /** @type {{ id: number }[]} */ (find.all(match)).map(({ id }) => id)

  return {
    async find(terms) {
      if (terms.length === 0) return []
      const whole = idsOf(terms.map(quoted).join(' '))
      // No film has all of the words: then those that have words which begin so.
      return whole.length > 0 ? whole : idsOf(terms.map((term) => `${quoted(term)}*`).join(' '))
    },

    async suggest(text, limit) {
      const words = wordsOf(text)
      if (words.length === 0) return []
      const matches = words.map((word) => `${quoted(word)}*`).join(' ')
      // An article is no begin: "god" is that of "The Godfather", too.
      const begins = ['', 'the ', 'a '].map((article) => `^${quoted(article + words.join(' '))}*`)
      const found = suggest.all(matches, begins.join(' OR '), limit)
      return /** @type {import('./search.js').Suggestion[]} */ (found)
    },
  }
}

/**
 * As a string of FTS5, in which no operator has a meaning.
 * @param {string} term
 */
function quoted(term) {
  return `"${term.replaceAll('"', '')}"`
}
