import { lazy } from 'onetrip'
import { SHELF_NAMES } from '../films/shelves.js'
import { cards, layout, recentlyViewed } from './layout.js'

const DAY = 86_400_000

/**
 * @param {import('./layout.js').Visit} visit
 * @returns {import('./layout.js').Page}
 */
export function homePage(visit) {
  const { catalogue } = visit
  const day = Math.floor(Date.now() / DAY)
  return {
    status: 200,
    template: 'home.njk',
    data: {
      ...layout(visit),
      day,
      feature: lazy(() => featureOf(catalogue, day)),
      films: cards(catalogue, catalogue.newest(24)),
      shelves: SHELF_NAMES,
      recentlyViewed: recentlyViewed(visit),
      latestReviews: lazy(() => catalogue.latestReviews(6)),
    },
  }
}

/** The film of the day, and what else who likes it may like. */
function featureOf(catalogue, day) {
  const film = catalogue.featured(day)
  return { film, similar: catalogue.similar(film.id, 4) }
}
