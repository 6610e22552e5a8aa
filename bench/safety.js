/**
 * Measures what the checks for leaks of one visitor's values cost. A page of 24 fragments of
 * 2 KB, from memory, without a server; the ways take turns. `npm run bench:safety`
 */

import nunjucks from 'nunjucks'
import { FragmentCache } from 'onetrip'
import { nunjucksEngine } from 'onetrip/nunjucks'
import { memoryStore } from 'onetrip/stores/memory'
import { median } from './harness/statistics.js'
import { OneTemplate } from './templates/one-template.js'

const ROUNDS = 21
const PAGES_A_ROUND = 150
const SECRET = 'a secret for the benchmark'

const TEMPLATE =
  '<ul>{% for card in cards %}{% cache "card", card.id, n %}<li>{{ card.text }}</li>{% endcache %}{% endfor %}</ul>'
const HOLES = TEMPLATE.replace('</li>', '{% nocache id=card.id %}{{ id }}{{ name }}{% endnocache %}</li>')
const cards = Array.from({ length: 24 }, (_, id) => ({ id, text: 'x'.repeat(2000) }))
const detectLeaks = () => ['anna.smith@example.org', 'Anna Smith', 'a7f3c9e1b2d4']

const WAYS = [
  { title: 'safety off', options: { safety: 'off' } },
  { title: "safety 'uncached' (production)", options: { safety: 'uncached' } },
  { title: "safety 'error' (development)", options: { safety: 'error' } },
  { title: 'safety off, detectLeaks with 3 values', options: { safety: 'off', detectLeaks } },
  { title: 'safety off, signed', options: { safety: 'off', secret: SECRET } },
  { title: 'safety off, a hole in each fragment', options: { safety: 'off' }, template: HOLES },
]

const rows = WAYS.map((way) => {
  /** @type {Record<'hits' | 'misses', number[]>} */
  const costs = { misses: [], hits: [] }
  return { ...way, cache: cacheOf(way), n: 0, ...costs }
})
for (let round = -1; round < ROUNDS; round++) {
  for (const row of rows) {
    const misses = await cost(row, () => row.n++)
    const hits = await cost(row, () => 'hit')
    if (round < 0) continue
    row.misses.push(misses)
    row.hits.push(hits)
  }
}
console.log(
  'Microseconds of CPU a page, write-back included: medians, and the median of the ratios to the first\n',
)
console.log(
  `${''.padEnd(42)}${'24 misses'.padStart(12)}${'ratio'.padStart(8)}${'24 hits'.padStart(12)}${'ratio'.padStart(8)}`,
)
for (const { title, misses, hits } of rows) {
  const ratio = (costs, of) => median(costs.map((one, round) => one / of[round])).toFixed(2)
  const [base] = rows
  console.log(
    title.padEnd(42) +
      median(misses).toFixed(0).padStart(12) +
      ratio(misses, base.misses).padStart(8) +
      median(hits).toFixed(0).padStart(12) +
      ratio(hits, base.hits).padStart(8),
  )
}
for (const { cache } of rows) await cache.close()

function cacheOf({ options, template = TEMPLATE }) {
  const environment = new nunjucks.Environment(new OneTemplate(template))
  return new FragmentCache({
    store: memoryStore({ maxBytes: 64 * 1024 * 1024 }),
    engine: nunjucksEngine({ environment }),
    ttl: '1h',
    ...options,
  })
}

async function cost({ cache }, next) {
  const before = process.cpuUsage()
  for (let n = 0; n < PAGES_A_ROUND; n++) {
    await cache.render('page.njk', { cards, n: next(), name: 'Anna' }, { request: {} })
    await cache.settled()
  }
  const { user, system } = process.cpuUsage(before)
  return (user + system) / PAGES_A_ROUND
}
