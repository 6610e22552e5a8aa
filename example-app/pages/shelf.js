import { findShelfValue, SHELF_TITLES, shelfPath } from '../films/shelves.js'
import { notFoundPage } from './error.js'
import { cards, layout } from './layout.js'

const FILMS_PER_PAGE = 24

/**
 * One page of a shelf.
 * @param {import('./layout.js').Visit} visit
 * @param {import('../films/shelves.js').ShelfName} shelf
 * @param {string} name the value, as the address has it
 * @param {unknown} pageNumber as the address has it; left out: 1
 * @returns {import('./layout.js').Page}
 */
export function shelfPage(visit, shelf, name, pageNumber = '1') {
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
      paging: paging(shelfPath(shelf, value), number, pages),
    },
  }
}

/** 0 for what is not a number: there is no such page. */
function readPageNumber(text) {
  return /^[1-9]\d{0,5}$/.test(String(text)) ? Number(text) : 0
}

/** Links to the first and the last page, and to those near this one; a gap is `null`. */
function paging(path, number, pages) {
  const at = (page) => ({ page, path: page === 1 ? path : `${path}?page=${page}` })
  const shown = [1, number - 1, number, number + 1, pages].filter((page) => page >= 1 && page <= pages)
  const links = [...new Set(shown)].flatMap((page, i, all) =>
    i > 0 && page - all[i - 1] > 1 ? [null, at(page)] : [at(page)],
  )
  return {
    number,
    pages,
    links,
    previous: number > 1 ? at(number - 1).path : null,
    next: number < pages ? at(number + 1).path : null,
  }
}
