/**
 * Measures the cost of development. The page of 24 fragments, all hits on memoryStore, with the
 * options that `NODE_ENV` chooses, by `FragmentCache#render` and without a server; the ways take
 * turns. `npm run bench:development`
 */

import { FragmentCache } from 'onetrip'
import { nunjucksEngine } from 'onetrip/nunjucks'
import { memoryStore } from 'onetrip/stores/memory'
import { median } from './harness/statistics.js'
import { pages, shop } from './shop/products.js'
import { renderPlain, SHOP, TEMPLATE } from './shop/stock.js'

const ROUNDS = 21
const PAGES_A_ROUND = 300
const ENVIRONMENTS = ['production', 'development']

const rows = ENVIRONMENTS.map((name) => {
  // The engine and the cache read it when they are made.
  process.env.NODE_ENV = name
  const engine = nunjucksEngine({ root: SHOP })
  /** @type {number[]} */
  const costs = []
  return { name, cache: new FragmentCache({ store: memoryStore(), engine }), costs }
})
for (let round = -2; round < ROUNDS; round++) {
  for (const { cache, costs } of rows) {
    const cost = await measure(cache)
    if (round >= 0) costs.push(cost)
  }
}
const [{ costs: base }] = rows
console.log('Microseconds of CPU a page of 24 hits: medians, and the median of the ratios to production\n')
for (const { name, costs } of rows) {
  const ratio = median(costs.map((cost, round) => cost / base[round]))
  console.log(name.padEnd(14) + median(costs).toFixed(0).padStart(6) + ratio.toFixed(2).padStart(8))
}
for (const { cache } of rows) await cache.close()

async function measure(cache) {
  const before = process.cpuUsage()
  for (let n = 0; n < PAGES_A_ROUND; n++) {
    const { body } = await cache.render(TEMPLATE, { shop: shop(), page: pages[0] })
    await cache.settled()
    if (n === 0 && `${body}` !== renderPlain(0)) throw new Error('The page is wrong')
  }
  const { user, system } = process.cpuUsage(before)
  return (user + system) / PAGES_A_ROUND
}
