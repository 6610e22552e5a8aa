import { lazy } from 'onetrip'
import { SHELF_NAMES, SHELF_TITLES } from '../films/shelves.js'
import { cards, layout } from './layout.js'

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
      bestRated: lazy(() => catalogue.bestRated(8)),
      bestReturn: lazy(() => catalogue.bestReturn(8)),
      topDirectors: lazy(() => catalogue.topDirectors(8)),
      films: cards(catalogue, catalogue.newest(24)),
      facets: SHELF_NAMES.map((shelf) => ({
        shelf,
        title: SHELF_TITLES[shelf],
        values: lazy(() => catalogue.facet(shelf)),
      })),
      latestReviews: lazy(() => catalogue.latestReviews(6)),
    },
  }
}

/** The film of the day, and what else who likes it may like. */
function featureOf(catalogue, day) {
  const film = catalogue.featured(day)
  return { film, similar: catalogue.similar(film.id, 4) }
}
