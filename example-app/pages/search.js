import { lazy } from 'onetrip'
import { findShelfValue, SHELF_NAMES, SHELF_TITLES, SHELVES } from '../films/shelves.js'
import { slug } from '../films/slug.js'
import { queryOf, readQuery, termsOf } from '../search/query.js'
import { notFoundPage } from './error.js'
import { cards, layout, recentlyViewed } from './layout.js'
import { FILMS_PER_PAGE, paging, readPageNumber } from './paging.js'

/** @typedef {import('../films/shelves.js').ShelfName} ShelfName */
/** @typedef {Partial<Record<ShelfName, string | number>>} Choice  a value of each shelf, at most */

/** Characters: what is searched for often is short. */
const LONGEST_KEPT = 30

/**
 * The results of a search, with the shelves that they are on. Without a query, a page that says how
 * to search.
 * @param {import('./layout.js').Visit} visit
 * @param {Record<string, unknown>} address the parameters that it has
 * @returns {Promise<import('./layout.js').Page>}
 */
export async function searchPage(visit, address) {
  const { catalogue, search } = visit
  const typed = readQuery(address.q)
  const terms = termsOf(typed)
  // Results have the query as it was understood, never as one visitor typed it.
  const text = queryOf(terms)
  const choice = readChoice(catalogue, address)
  const number = readPageNumber(address.page)
  const load = async () => resultsOf(catalogue, await search.find(terms), { text, choice, number })

  // Only the first page of all results can be shared: it is there whatever was found.
  const isShared = number === 1 && Object.keys(choice).length === 0 && text.length <= LONGEST_KEPT
  const results = isShared ? lazy(load) : await load()
  if (!isShared && 'pages' in results && (number < 1 || number > results.pages)) return notFoundPage(visit)
  return {
    status: 200,
    template: 'search.njk',
    data: {
      ...layout(visit),
      query: typed,
      search: { text, isShared, results },
      recentlyViewed: recentlyViewed(visit),
    },
  }
}

/**
 * The answer to a keystroke: some titles and names, and where each leads.
 * @param {Pick<import('./layout.js').Visit, 'search'>} visit
 * @param {Record<string, unknown>} address
 */
export async function suggestions({ search }, address) {
  const found = await search.suggest(readQuery(address.q), 8)
  return {
    suggestions: found.map(({ type, text, filmId, year }) => ({
      type,
      text,
      year,
      path: type === 'film' ? `/film/${filmId}` : searchPath(`"${text}"`),
    })),
  }
}

/** They are the same for all visitors, and change with the catalogue: that is once a night. */
export const SUGGESTION_HEADERS = { 'cache-control': 'public, max-age=300' }

/**
 * @param {import('../films/catalogue.js').Catalogue} catalogue
 * @param {number[]} ids of all films that have the words
 * @param {{ text: string, choice: Choice, number: number }} request
 */
function resultsOf(catalogue, ids, { text, choice, number }) {
  const found = catalogue.shelvesOf(ids)
  const chosen = found.filter((film) => isOn(film, choice))
  const pages = Math.max(1, Math.ceil(chosen.length / FILMS_PER_PAGE))
  const start = (number - 1) * FILMS_PER_PAGE
  return {
    total: chosen.length,
    pages,
    films: cards(catalogue, chosen.slice(start, start + FILMS_PER_PAGE)),
    facets: SHELF_NAMES.map((shelf) => facetOf(found, text, choice, shelf)),
    paging: paging((page) => searchPath(text, choice, page), number, pages),
  }
}

/**
 * Counts the films by the values of a shelf. What is chosen on the other shelves holds; on this one
 * the visitor may choose again.
 * @param {ReturnType<import('../films/catalogue.js').Catalogue['shelvesOf']>} found
 * @param {string} text
 * @param {Choice} choice
 * @param {ShelfName} shelf
 */
function facetOf(found, text, choice, shelf) {
  const { [shelf]: chosen, ...others } = choice
  /** @type {Map<string | number, number>} */
  const counts = new Map()
  for (const film of found) {
    const value = film[SHELVES[shelf]]
    if (value !== null && isOn(film, others)) counts.set(value, (counts.get(value) ?? 0) + 1)
  }
  const values = [...counts].map(([value, films]) => ({
    value,
    films,
    isChosen: value === chosen,
    path: searchPath(text, value === chosen ? others : { ...others, [shelf]: value }),
  }))
  values.sort((a, b) => (shelf === 'decade' ? Number(b.value) - Number(a.value) : b.films - a.films))
  return { shelf, title: SHELF_TITLES[shelf], values }
}

/**
 * @param {Pick<import('../films/normalise.js').Film, 'genre' | 'decade' | 'certificate'>} film
 * @param {Choice} choice
 */
function isOn(film, choice) {
  return Object.entries(choice).every(([shelf, value]) => film[SHELVES[shelf]] === value)
}

/**
 * Reads what is chosen. An address with a value that there is not is one for all values.
 * @param {import('../films/catalogue.js').Catalogue} catalogue
 * @param {Record<string, unknown>} address
 * @returns {Choice}
 */
function readChoice(catalogue, address) {
  const choice = {}
  for (const shelf of SHELF_NAMES) {
    const name = address[shelf]
    const value =
      typeof name === 'string' ? findShelfValue(catalogue.shelfValues(shelf), shelf, name) : undefined
    if (value !== undefined) choice[shelf] = value
  }
  return choice
}

/**
 * @param {string} text
 * @param {Choice} [choice]
 * @param {number} [page]
 */
function searchPath(text, choice = {}, page = 1) {
  const parameters = new URLSearchParams({ q: text })
  for (const shelf of SHELF_NAMES) {
    const value = choice[shelf]
    if (value !== undefined) parameters.set(shelf, slug(value))
  }
  if (page > 1) parameters.set('page', String(page))
  return `/search?${parameters}`
}
