/**
 * The fragments that have a loader of their own: no page is needed to render them. Where there is a
 * queue, workers refresh them, and no visitor waits for the slow queries behind them.
 */

import { defineFragment } from 'onetrip'
import { SHELF_TITLES } from './films/shelves.js'

/**
 * @typedef {object} FragmentsContext
 * @property {import('./films/catalogue.js').Catalogue} catalogue
 * @property {import('./visits/view-counts.js').ViewCounts} views
 * @property {((fragment: string, milliseconds: number) => void) | undefined} [noteLoad] called
 *   after each load
 */

/** @param {FragmentsContext} context */
export function createFragments({ catalogue, views, noteLoad = () => {} }) {
  /**
   * @param {string} name
   * @param {import('onetrip').FragmentOptions<any> &
   *   { load: (params: any) => object | Promise<object> }} options
   */
  const define = (name, { load, ...options }) =>
    defineFragment(name, {
      ...options,
      stale: '1d',
      refresh: 'queue',
      load: async (params) => {
        const startedAt = performance.now()
        const data = await load(params)
        noteLoad(name, performance.now() - startedAt)
        return data
      },
    })

  return [
    define('best-rated', {
      template: 'parts/best-rated.njk',
      load: () => ({ films: catalogue.bestRated(8) }),
      ttl: '1h',
    }),
    define('best-return', {
      template: 'parts/best-return.njk',
      load: () => ({ films: catalogue.bestReturn(8) }),
      ttl: '1h',
    }),
    define('top-directors', {
      template: 'parts/top-directors.njk',
      load: () => ({ directors: catalogue.topDirectors(8) }),
      ttl: '1h',
    }),
    define('most-viewed', {
      template: 'parts/most-viewed.njk',
      load: async () => {
        const top = await views.top(8)
        return { films: top.map(({ id, views }) => ({ ...catalogue.film(id), views })) }
      },
      ttl: '5m',
      // Nobody has looked at a film yet.
      allowEmpty: true,
    }),
    define('facet', {
      template: 'parts/facet.njk',
      params: ['shelf'],
      load: ({ shelf }) => ({
        title: SHELF_TITLES[shelf],
        values: catalogue.facet(shelf),
      }),
      ttl: '1d',
    }),
    define('similar', {
      template: 'parts/similar.njk',
      params: ['id'],
      load: ({ id }) => ({ films: catalogue.similar(id, 8) }),
      ttl: '1d',
    }),
  ]
}
