import { lazy } from 'onetrip'

/**
 * One request, as the pages see it.
 * @typedef {object} Visit
 * @property {import('../films/catalogue.js').Catalogue} catalogue
 * @property {string} visitor  the name that the visitor signed in with, '' for none
 * @property {'en' | 'de'} locale
 * @property {() => string} token  makes a token for the forms of the page
 * @property {string} path  what was asked for, with its query: where to come back to
 * @property {import('../search/search.js').Search} search
 * @property {import('../visits/view-counts.js').ViewCounts} views
 * @property {number[]} recent  ids of the films that the visitor looked at, the latest first
 * @property {(filmId: number) => void} noteView  counts that the visitor looks at a film
 * @property {(filmId: number) => '' | 'shown' | 'checked'} takeThanks  says once that the visitor
 *   has just reviewed the film, and whether the review shows already or is being checked
 */

/**
 * A page as a server renders it.
 * @typedef {{ status: number, template: string, data: Record<string, unknown> }} Page
 */

/**
 * Returns the data of the frame around every page.
 * @param {Visit} visit
 * @param {string} [genre] the genre to mark in the navigation
 */
export function layout({ catalogue, visitor, locale, token, path }, genre = '') {
  return {
    visitor,
    locale,
    csrfToken: lazy(token),
    path,
    query: '',
    currentGenre: genre,
    genres: lazy(() => catalogue.facet('genre')),
    totals: lazy(() => catalogue.totals()),
  }
}

/**
 * Films for a list of cards. The list itself is quickly read; what a card shows is loaded only for
 * the cards that are not in the cache.
 * @param {import('../films/catalogue.js').Catalogue} catalogue
 * @param {{ id: number }[]} films
 */
export function cards(catalogue, films) {
  return films.map(({ id }) => ({ id, details: lazy(() => catalogue.film(id)) }))
}

/**
 * Returns the films that the visitor looked at last. They are never in a fragment of others, which
 * the option `safety.perVisitor` sees to; their cards are everybody's.
 * @param {Visit} visit
 * @param {number} [except] the film that the page shows
 */
export function recentlyViewed({ catalogue, recent }, except) {
  return cards(
    catalogue,
    recent.filter((id) => id !== except).map((id) => ({ id })),
  )
}
