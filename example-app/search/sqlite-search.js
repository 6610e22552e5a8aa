/** Search by SQLite's own index of words (FTS5): needs no server. */

import { mapShelves, SHELVES } from '../films/shelves.js'
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

/**
 * @typedef {Pick<import('../films/normalise.js').Film, 'id' | 'genre' | 'decade' | 'certificate'>}
 *   ShelvedFilm
 */

/** A word of the title counts more than the director's name, and that more than the rest. */
const FIND = `
  SELECT films.id, genre, decade, certificate FROM filmTexts JOIN films ON films.id = filmTexts.rowid
  WHERE filmTexts MATCH ?
  ORDER BY bm25(filmTexts, 10, 5, 1) * (1 + ln(1 + coalesce(films.votes, 0)) / 5), films.id`

/** First what is called so, then what begins with the query, then the best known. */
const SUGGEST = `
  SELECT type, text, filmId, year FROM suggestions
  WHERE suggestions MATCH ?1
  ORDER BY text = ?4 COLLATE NOCASE DESC, popularity + (rowid IN (SELECT rowid FROM suggestions WHERE suggestions MATCH ?2)) DESC, rowid
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
  const filmsOf = (match) => /** @type {ShelvedFilm[]} */ (find.all(match))

  return {
    async find(terms, { choice, limit, offset }) {
      const whole = terms.length === 0 ? [] : filmsOf(terms.map(quoted).join(' '))
      const found =
        whole.length > 0 || terms.length === 0
          ? whole
          : filmsOf(terms.map((term) => `${quoted(term)}*`).join(' '))
      const chosen = found.filter((film) => isOn(film, choice))
      return {
        ids: chosen.slice(offset, offset + limit).map(({ id }) => id),
        total: chosen.length,
        facets: mapShelves((column, shelf) => {
          const { [shelf]: _own, ...others } = choice
          return countBy(
            column,
            found.filter((film) => isOn(film, others)),
          )
        }),
      }
    },

    async suggest(text, limit) {
      const words = wordsOf(text)
      if (words.length === 0) return []
      const matches = words.map((word) => `${quoted(word)}*`).join(' ')
      // An article is no begin: "god" is that of "The Godfather", too.
      const begins = ['', 'the ', 'a '].map((article) => `^${quoted(article + words.join(' '))}*`)
      const found = suggest.all(matches, begins.join(' OR '), limit, text.trim())
      return /** @type {import('./search.js').Suggestion[]} */ (found)
    },
  }
}

/**
 * @param {ShelvedFilm} film
 * @param {import('./search.js').Choice} choice
 */
function isOn(film, choice) {
  return Object.entries(choice).every(([shelf, value]) => film[SHELVES[shelf]] === value)
}

/**
 * @param {'genre' | 'decade' | 'certificate'} column
 * @param {ShelvedFilm[]} films
 */
function countBy(column, films) {
  /** @type {Map<string | number, number>} */
  const counts = new Map()
  for (const { [column]: value } of films) if (value !== null) counts.set(value, (counts.get(value) ?? 0) + 1)
  return [...counts].map(([value, films]) => ({ value, films }))
}

/**
 * As a string of FTS5, in which no operator has a meaning.
 * @param {string} term
 */
function quoted(term) {
  return `"${term.replaceAll('"', '')}"`
}
