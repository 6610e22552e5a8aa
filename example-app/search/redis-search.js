/**
 * Search by the toolkit, on the Redis of the site: with typing mistakes, relevance by BM25, and the
 * films of each shelf counted by the index.
 */

import { text } from 'onetrip/toolkit'
import { mapShelves, SHELF_NAMES } from '../films/shelves.js'
import { queryOf } from './query.js'
import { suggestiblesOf, textsOf } from './texts.js'

/** Counted up when texts or films change: an older index is then filled again. */
const INDEX = 2

/** So many of the best films are put in order by how well they are known, too: 40 pages. */
const RANKED = 960

/** More than there are films: nothing is left out of the counts. */
const CANDIDATES = 10_000

/**
 * @param {import('../toolkit.js').Toolkit} kit
 * @returns {import('./search.js').Search & {
 *   fill: (films: Film[]) => Promise<void>,
 *   refill: (films: Film[]) => Promise<void>,
 * }}
 */
export function redisSearch(kit) {
  /** @type {import('onetrip/toolkit').TextIndex<number>} its data: how well known a film is */
  const index = kit.index('films', { facets: SHELF_NAMES })
  /** @type {import('onetrip/toolkit').Autocomplete<Target>} */
  const titles = kit.autocomplete('titles')
  const state = kit.hash('search', { codec: text })

  /**
   * @param {string} query
   * @param {import('./search.js').FoundPage} page
   */
  async function look(query, { choice, limit, offset }) {
    // One trip: the shelves on which something is chosen count the films that are not on it.
    const [found, ...recounted] = await Promise.all([
      index.search(query, {
        where: whereOf(choice),
        facets: SHELF_NAMES,
        candidates: CANDIDATES,
        ...(offset < RANKED ? { limit: RANKED } : { limit, offset }),
      }),
      ...chosenIn(choice).map((shelf) =>
        index.search(query, {
          where: whereOf({ ...choice, [shelf]: undefined }),
          facets: [shelf],
          limit: 0,
          candidates: CANDIDATES,
        }),
      ),
    ])
    const counts = Object.assign({}, found.facets, ...recounted.map(({ facets }) => facets))
    const hits = offset < RANKED ? best(found.hits).slice(offset, offset + limit) : found.hits
    return {
      ids: hits.map(({ key }) => Number(key)),
      total: found.total,
      hasAny: found.total > 0 || recounted.some(({ total }) => total > 0),
      facets: mapShelves((_column, shelf) =>
        (counts[shelf] ?? []).map(({ value, count }) => ({
          value: shelf === 'decade' ? Number(value) : value,
          films: count,
        })),
      ),
    }
  }

  /** @param {Film[]} films */
  async function write(films) {
    await index.addMany(documentsOf(films))
    await titles.addMany(itemsOf(films))
    await state.set('index', String(INDEX))
  }

  return {
    async find(terms, page) {
      const { hasAny, ...found } = await look(queryOf(terms), page)
      if (hasAny) return found
      const begins = terms.map((term) => (term.includes(' ') ? `"${term}"` : `${term}*`))
      const { hasAny: _, ...foundByBegins } = await look(begins.join(' '), page)
      return foundByBegins
    },

    async suggest(phrase, limit) {
      const found = await titles.search(phrase, { limit })
      return found.map(({ title, type, data }) => ({
        type: type === 'director' ? 'director' : 'film',
        text: title,
        filmId: data?.filmId ?? 0,
        year: data?.year ?? null,
      }))
    },

    /** Fills both indexes, unless they are. Of several processes one does, the others wait. */
    async fill(films) {
      const isFilled = async () => (await state.get('index')) === String(INDEX)
      if (await isFilled()) return
      await kit.lock('search').run({ wait: '2m' }, async () => {
        if (!(await isFilled())) await write(films)
      })
    },

    /** Replaces what the indexes have of these films, which are searched meanwhile. */
    refill: (films) => kit.lock('search').run({ wait: '2m' }, () => write(films)),
  }
}

/** @typedef {import('../films/normalise.js').Film} Film */
/** @typedef {{ filmId: number, year: number | null }} Target */

/** @param {Film[]} films */
function* documentsOf(films) {
  for (const film of films) {
    const { title, director, about } = textsOf(film)
    yield {
      key: String(film.id),
      // A word that is there three times weighs more.
      text: [title, title, title, director, director, about].join('. '),
      data: Math.log(1 + (film.votes ?? 0)),
      facets: mapShelves((column) => (film[column] === null ? undefined : String(film[column]))),
    }
  }
}

/** @param {Film[]} films */
function* itemsOf(films) {
  for (const { id, text: title, type, filmId, year, popularity } of suggestiblesOf(films))
    yield { id, title, type, score: popularity, data: { filmId, year } }
}

/** @param {readonly import('onetrip/toolkit').Hit<number>[]} hits */
function best(hits) {
  const weight = ({ score, data }) => score * (1 + (data ?? 0) / 5)
  return hits.toSorted((a, b) => weight(b) - weight(a))
}

/** @param {import('./search.js').Choice} choice */
function chosenIn(choice) {
  return SHELF_NAMES.filter((shelf) => choice[shelf] !== undefined)
}

/** @param {import('./search.js').Choice} choice */
function whereOf(choice) {
  return Object.fromEntries(chosenIn(choice).map((shelf) => [shelf, String(choice[shelf])]))
}
