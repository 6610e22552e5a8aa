/**
 * Shelves are the ways into the catalogue: by genre, by decade, by the MPAA's rating. Each has an
 * address, which names the shelf and its value: `/genre/drama`, `/decade/1990s`, `/rating/pg-13`.
 */

import { slug } from './slug.js'

/** The film's column that a shelf goes by. */
export const SHELVES = /** @type {const} */ ({ genre: 'genre', decade: 'decade', rating: 'certificate' })

/** @typedef {keyof typeof SHELVES} ShelfName */

/** In the order of the home page. */
export const SHELF_NAMES = /** @type {ShelfName[]} */ (Object.keys(SHELVES))

/** Its headline on a list of all values. */
export const SHELF_TITLES = { genre: 'Genres', decade: 'Decades', rating: 'Ratings' }

/**
 * @param {ShelfName} shelf
 * @param {string | number} value
 * @param {string} [locale]
 */
export function shelfLabel(shelf, value, locale = 'en') {
  return shelf === 'decade' ? `${value}${locale === 'de' ? 'er' : 's'}` : String(value)
}

/**
 * @param {ShelfName} shelf
 * @param {string | number} value
 */
export function shelfPath(shelf, value) {
  return `/${shelf}/${slug(shelfLabel(shelf, value))}`
}

/**
 * Finds the value that an address means. 'Drama' is as good as 'drama', '1990' as good as '1990s'.
 * @param {readonly (string | number)[]} values
 * @param {ShelfName} shelf
 * @param {string} name
 * @returns {string | number | undefined}
 */
export function findShelfValue(values, shelf, name) {
  const wanted = slug(name)
  return values.find((value) => slug(value) === wanted || slug(shelfLabel(shelf, value)) === wanted)
}

/**
 * Makes something for each shelf.
 * @template T
 * @param {(column: typeof SHELVES[ShelfName], shelf: ShelfName) => T} make
 * @returns {Record<ShelfName, T>}
 */
export function mapShelves(make) {
  const { genre, decade, rating } = SHELVES
  return { genre: make(genre, 'genre'), decade: make(decade, 'decade'), rating: make(rating, 'rating') }
}
