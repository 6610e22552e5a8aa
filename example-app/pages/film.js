import { lazy } from 'onetrip'
import { notFoundPage } from './error.js'
import { layout, recentlyViewed } from './layout.js'

/**
 * @param {import('./layout.js').Visit} visit
 * @param {string} id as the address has it
 * @param {import('./review.js').ReviewForm} [form] what the visitor wrote, where something was
 *   wrong with it
 * @returns {import('./layout.js').Page}
 */
export function filmPage(visit, id, form) {
  const { catalogue, views } = visit
  const film = findFilm(catalogue, id)
  if (film === undefined) return notFoundPage(visit)
  if (form === undefined) visit.noteView(film.id)
  return {
    status: form === undefined ? 200 : 422,
    template: 'film.njk',
    data: {
      ...layout(visit, film.genre ?? ''),
      film,
      alsoBy: lazy(() => (film.director === null ? [] : catalogue.alsoBy(film.director, film.id))),
      reviews: lazy(() => catalogue.reviewsOf(film.id)),
      views: lazy(() => views.of(film.id)),
      recentlyViewed: recentlyViewed(visit, film.id),
      opinion: lazy(() => catalogue.opinionOf(film.id)),
      thanks: visit.takeThanks(film.id),
      form: form ?? { isEmpty: true, author: visit.visitor, stars: '', text: '', errors: {} },
    },
  }
}

/**
 * @param {import('../films/catalogue.js').Catalogue} catalogue
 * @param {string} id as an address has it
 */
export function findFilm(catalogue, id) {
  return /^[1-9]\d{0,8}$/.test(id) ? catalogue.film(Number(id)) : undefined
}
