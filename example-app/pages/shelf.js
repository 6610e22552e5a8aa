import { findShelfValue, SHELF_TITLES, shelfPath } from '../films/shelves.js'
import { notFoundPage } from './error.js'
import { cards, layout } from './layout.js'
import { FILMS_PER_PAGE, paging, readPageNumber } from './paging.js'

/**
 * One page of a shelf.
 * @param {import('./layout.js').Visit} visit
 * @param {import('../films/shelves.js').ShelfName} shelf
 * @param {string} name the value, as the address has it
 * @param {unknown} pageNumber as the address has it
 * @returns {import('./layout.js').Page}
 */
export function shelfPage(visit, shelf, name, pageNumber) {
  const { catalogue } = visit
  const value = findShelfValue(catalogue.shelfValues(shelf), shelf, name)
  if (value === undefined) return notFoundPage(visit)

  const size = catalogue.shelfSize(shelf, value)
  const pages = Math.ceil(size / FILMS_PER_PAGE)
  const number = readPageNumber(pageNumber)
  if (number < 1 || number > pages) return notFoundPage(visit)

  return {
    status: 200,
    template: 'shelf.njk',
    data: {
      ...layout(visit, shelf === 'genre' ? String(value) : ''),
      shelf: { title: SHELF_TITLES[shelf], value, name: shelf, size },
      films: cards(catalogue, catalogue.shelf(shelf, value, FILMS_PER_PAGE, (number - 1) * FILMS_PER_PAGE)),
      paging: paging((page) => shelfPath(shelf, value) + (page === 1 ? '' : `?page=${page}`), number, pages),
    },
  }
}
