/**
 * Measures what metrics cost a page: page P of 24 hits, from memory, without a server. One cache is
 * measured in turns with metrics and without, so that nothing else differs. `npm run bench:metrics`
 */

import { FragmentCache } from 'onetrip'
import { metrics } from 'onetrip/metrics'
import { nunjucksEngine } from 'onetrip/nunjucks'
import { memoryStore } from 'onetrip/stores/memory'
import { median } from './harness/statistics.js'
import { pages, shop } from './shop/products.js'
import { SHOP, TEMPLATE } from './shop/stock.js'

const ROUNDS = 300
const PAGES_A_ROUND = 500
const DATA = { shop: shop(), page: pages[0] }

const cache = new FragmentCache({ store: memoryStore(), engine: nunjucksEngine({ root: SHOP }) })
await cache.render(TEMPLATE, DATA)
await cache.settled()

const WAYS = [
  { title: 'without metrics', start: () => () => {} },
  { title: 'an empty observer', start: () => cache.observe({ page() {}, trip() {}, event() {} }) },
  { title: 'with metrics', start: startMetrics },
]
const rows = WAYS.map((way) => {
  /** @type {number[]} */
  const costs = []
  return { ...way, costs }
})
for (let round = -20; round < ROUNDS; round++) {
  // Each is the first as often as the last.
  for (const row of round % 2 ? rows : rows.toReversed()) {
    const cost = await measure(row.start)
    if (round >= 0) row.costs.push(cost)
  }
}
console.log('Microseconds of CPU a page of 24 hits: medians, and the median of the differences\n')
const [bare] = rows
for (const { title, costs } of rows) {
  const difference = median(costs.map((cost, round) => cost - bare.costs[round]))
  console.log(
    `${title.padEnd(24)}${median(costs).toFixed(2).padStart(8)}${difference.toFixed(2).padStart(8)}`,
  )
}
await cache.close()

/** @returns {() => void} ends them, and checks that all was counted */
function startMetrics() {
  const numbers = metrics(cache)
  return () => {
    const [fragment] = numbers.snapshot().fragments.values()
    if (fragment.hits !== 24 * PAGES_A_ROUND) throw new Error(`Counted ${fragment.hits} hits`)
    void numbers.close()
  }
}

/** @param {() => () => void} start */
async function measure(start) {
  const stop = start()
  const before = process.cpuUsage()
  for (let n = 0; n < PAGES_A_ROUND; n++) await cache.render(TEMPLATE, DATA)
  const { user, system } = process.cpuUsage(before)
  stop()
  return (user + system) / PAGES_A_ROUND
}
