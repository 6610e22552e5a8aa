import { lazy } from 'onetrip'
import { findShelfValue, SHELF_NAMES, SHELF_TITLES } from '../films/shelves.js'
import { slug } from '../films/slug.js'
import { queryOf, readQuery, termsOf } from '../search/query.js'
import { notFoundPage } from './error.js'
import { cards, layout, recentlyViewed } from './layout.js'
import { FILMS_PER_PAGE, paging, readPageNumber } from './paging.js'

/** @typedef {import('../films/shelves.js').ShelfName} ShelfName */
/** @typedef {import('../search/search.js').Choice} Choice */

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
  // There are no results then, and only one page.
  if (text === '' && number !== 1) return notFoundPage(visit)
  const load = async () => {
    const offset = Math.max(0, number - 1) * FILMS_PER_PAGE
    const found = await search.find(terms, { choice, limit: FILMS_PER_PAGE, offset })
    return resultsOf(catalogue, found, { text, choice, number })
  }

  // Only the first page of all results can be shared: it is there whatever was found.
  const isShared =
    text === '' || (number === 1 && Object.keys(choice).length === 0 && text.length <= LONGEST_KEPT)
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
 * The most searches, and keystrokes that are looked up, by one address. They cost Redis a
 * millisecond or two each, and many visitors may share an address. Without Redis there is no limit,
 * as for reviews.
 * @param {import('../toolkit.js').Toolkit | undefined} kit
 */
export function openSearchLimit(kit) {
  return kit?.rateLimit('search', { limit: 600, per: '1m', algorithm: 'token-bucket', burst: 300 })
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
 * @param {import('../search/search.js').Found} found
 * @param {{ text: string, choice: Choice, number: number }} request
 */
function resultsOf(catalogue, { ids, total, facets }, { text, choice, number }) {
  const pages = Math.max(1, Math.ceil(total / FILMS_PER_PAGE))
  return {
    total,
    pages,
    films: cards(
      catalogue,
      ids.map((id) => ({ id })),
    ),
    facets: SHELF_NAMES.map((shelf) => facetOf(facets[shelf], { text, choice, shelf })),
    paging: paging((page) => searchPath(text, choice, page), number, pages),
  }
}

/**
 * The values of a shelf, each with where it leads: the chosen one to all values.
 * @param {{ value: string | number, films: number }[]} counts
 * @param {{ text: string, choice: Choice, shelf: ShelfName }} request
 */
function facetOf(counts, { text, choice, shelf }) {
  const { [shelf]: chosen, ...others } = choice
  const values = counts.map(({ value, films }) => ({
    value,
    films,
    isChosen: value === chosen,
    path: searchPath(text, value === chosen ? others : { ...others, [shelf]: value }),
  }))
  values.sort((a, b) => (shelf === 'decade' ? Number(b.value) - Number(a.value) : b.films - a.films))
  return { shelf, title: SHELF_TITLES[shelf], values }
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
