/** The texts by which films are found: those of the index of all words, and the suggestions. */

import { translate } from '../languages/language.js'

/** @typedef {import('../films/normalise.js').Film} Film */

/**
 * The words of a film, the weightiest first.
 * @typedef {object} FilmTexts
 * @property {string} title
 * @property {string} director
 * @property {string} about  what kind of film it is, in all languages of the site
 */

/**
 * An entry of the autocomplete.
 * @typedef {object} Suggestible
 * @property {string} id
 * @property {'film' | 'director'} type
 * @property {string} text
 * @property {number} filmId  of a director, the best known film
 * @property {number | null} year
 * @property {number} popularity  from 0 to 1
 */

/** The most votes that a film has are some 520,000. */
const MOST_VOTES = 1_000_000

/**
 * @param {Film} film
 * @returns {FilmTexts}
 */
export function textsOf({ title, director, genre, kind, source, distributor, year }) {
  const about = [genre, kind, source].filter((text) => text !== null)
  return {
    title,
    director: director ?? '',
    about: [...about, ...about.map((text) => translate(text, 'de')), distributor ?? '', year ?? ''].join(' '),
  }
}

/**
 * Returns all films and directors.
 * @param {Film[]} films
 * @returns {Suggestible[]}
 */
export function suggestiblesOf(films) {
  const bestKnown = films.toSorted((a, b) => (b.votes ?? 0) - (a.votes ?? 0))
  /** @type {Map<string, Suggestible>} */
  const directors = new Map()
  for (const { id, director, votes } of bestKnown) {
    if (director === null || directors.has(director)) continue
    directors.set(director, {
      id: `director:${director}`,
      type: 'director',
      text: director,
      filmId: id,
      year: null,
      popularity: popularityOf(votes),
    })
  }
  return [
    ...films.map(({ id, title, year, votes }) => ({
      id: `film:${id}`,
      type: /** @type {const} */ ('film'),
      text: title,
      filmId: id,
      year,
      popularity: popularityOf(votes),
    })),
    ...directors.values(),
  ]
}

/** @param {number | null} votes */
function popularityOf(votes) {
  return Math.min(1, Math.log10((votes ?? 0) + 1) / Math.log10(MOST_VOTES))
}
