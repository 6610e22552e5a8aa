/**
 * Compares the cost of a page with an earlier one. The page of 24 fragments on memoryStore, all
 * hits and all misses, by `FragmentCache#render` and without a server: this build beside that of
 * another checkout, which take turns in one process. `npm run bench:before -- DIR [--rounds 40]`
 */

import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { median } from './harness/statistics.js'
import { pages, shop } from './shop/products.js'
import { renderPlain, SHOP, TEMPLATE } from './shop/stock.js'

process.env.NODE_ENV = 'production'
const UNCOUNTED_ROUNDS = 8
const HITS_A_ROUND = 200
const MISSES_A_ROUND = 30

const { values, positionals } = parseArgs({
  options: { rounds: { type: 'string', default: '40' } },
  allowPositionals: true,
})
const [before] = positionals
const rounds = Number(values.rounds)
if (before === undefined || !(rounds > 0)) {
  console.error(
    'Usage: npm run bench:before -- DIR [--rounds 40]\nDIR is a checkout that was built: it has a dist.',
  )
  process.exit(1)
}

const ROWS = [await rowOf('before', resolve(before)), await rowOf('now', resolve(import.meta.dirname, '..'))]
let prices = 1
for (let round = -UNCOUNTED_ROUNDS; round < rounds; round++) {
  // Neither of them comes first each time.
  for (const row of round % 2 === 0 ? ROWS : ROWS.toReversed()) {
    const hits = await cost(row, HITS_A_ROUND, () => 1)
    const misses = await cost(row, MISSES_A_ROUND, () => ++prices)
    if (round < 0) continue
    row.hits.push(hits)
    row.misses.push(misses)
  }
}
console.log('Microseconds of CPU a page: medians, and the median of the ratios of each round\n')
console.log(`${''.padEnd(8)}${columns('24 hits', 'ratio', '24 misses', 'ratio')}`)
const [base] = ROWS
for (const { name, hits, misses } of ROWS) {
  const ratio = (costs, of) => median(costs.map((one, round) => one / of[round])).toFixed(2)
  const figures = [
    median(hits).toFixed(0),
    ratio(hits, base.hits),
    median(misses).toFixed(0),
    ratio(misses, base.misses),
  ]
  console.log(name.padEnd(8) + columns(...figures))
}
process.exit()

async function rowOf(name, folder) {
  // By its own package.json: another checkout may have its files elsewhere.
  const { exports } = JSON.parse(readFileSync(resolve(folder, 'package.json'), 'utf8'))
  const load = (name) => import(pathToFileURL(resolve(folder, exports[name])).href)
  const { FragmentCache } = await load('.')
  const { nunjucksEngine } = await load('./nunjucks')
  const { memoryStore } = await load('./stores/memory')
  const store = memoryStore({ maxBytes: 256 * 1024 * 1024 })
  const cache = new FragmentCache({ store, engine: nunjucksEngine({ root: SHOP }) })
  const { body } = await cache.render(TEMPLATE, { shop: shop(), page: pages[0] })
  if (`${body}` !== renderPlain(0)) throw new Error(`The page of ${folder} is wrong`)
  /** @type {Record<'hits' | 'misses', number[]>} */
  const costs = { hits: [], misses: [] }
  return { name, cache, ...costs }
}

async function cost({ cache }, count, price) {
  const begun = process.cpuUsage()
  for (let n = 0; n < count; n++) {
    await cache.render(TEMPLATE, { shop: shop(price()), page: pages[0] })
    await cache.settled()
  }
  const { user, system } = process.cpuUsage(begun)
  return (user + system) / count
}

function columns(...texts) {
  return texts.map((text) => text.padStart(12)).join('')
}
