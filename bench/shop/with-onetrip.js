/**
 * The shop as a user of onetrip writes it: the plugin, the template with cache tags, `reply.view`.
 */

import onetrip from 'onetrip/fastify'
import { nunjucksEngine } from 'onetrip/nunjucks'
import { pages, shop } from './products.js'
import { numberOf } from './route.js'
import { SHOP, TEMPLATE } from './stock.js'

/**
 * @param {import('onetrip').Store} store
 * @param {() => number} [prices] the number that stands in every fragment's key
 * @param {Partial<import('onetrip/fastify').WebOptions>} [options]
 */
export async function serveWithOnetrip(store, Fastify, prices, options) {
  const app = Fastify()
  await app.register(onetrip, { engine: nunjucksEngine({ root: SHOP }), store, ...options })
  app.get('/shop/:number', (request, reply) =>
    reply.view(TEMPLATE, { shop: shop(prices?.()), page: pages[numberOf(request)] }),
  )
  return { app, settled: () => app.fragments.settled() }
}

/** Prices that are others for each request: all fragments of all pages miss. */
export function changingPrices() {
  let prices = 1
  return () => ++prices
}
