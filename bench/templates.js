/**
 * Measures the template layer alone, beside stock nunjucks. No server, no store: each
 * page is rendered in this process, in rounds that take turns. `npm run bench:templates`
 */

import nunjucks from 'nunjucks'
import { FragmentCache } from 'onetrip'
import { nunjucksEngine } from 'onetrip/nunjucks'
import { memoryStore } from 'onetrip/stores/memory'
import { median } from './harness/statistics.js'
import { bareHost } from './templates/bare-host.js'
import { OneTemplate } from './templates/one-template.js'
import { PAGES } from './templates/pages.js'

const ROUNDS = 15
const SECONDS_PER_ROUND = 0.15

console.log('Microseconds of CPU a page, medians; and the median of the ratios of neighbouring rounds\n')
console.log(row('page', 'nunjucks', 'onetrip', 'ratio', 'run again', 'ratio'))
for (const { title, template, data } of PAGES) {
  const stock = new nunjucks.Environment([])
  const stockTemplate = new nunjucks.Template(template, stock, 'page.njk', true)
  const engine = nunjucksEngine({ environment: new nunjucks.Environment(new OneTemplate(template)) })
  const byStock = () => stockTemplate.render(data)
  const byUs = () => runOf(engine.run('page.njk', data, bareHost())).parts.join('')
  const begun = bareHost()
  // As where the first run has met a lazy value that was not loaded.
  const again = () => runOf(engine.run('page.njk', data, begun)).parts.join('')
  if (byStock() !== byUs() || byUs() !== again()) throw new Error(`${title}: the pages differ`)

  const [stockRounds, ...ourRounds] = rounds([byStock, byUs, again])
  const cells = ourRounds.flatMap((costs) => [
    median(costs).toFixed(1),
    median(costs.map((cost, round) => cost / stockRounds[round])).toFixed(2),
  ])
  console.log(row(title, median(stockRounds).toFixed(1), ...cells))
}

await hits()

function row(title, ...cells) {
  return title.padEnd(34) + cells.map((cell) => cell.padStart(11)).join('')
}

/**
 * Returns a run that was not waited for: the pages have nothing that takes time.
 * @param {import('onetrip/engines').Run | Promise<import('onetrip/engines').Run>} run
 */
function runOf(run) {
  if (run instanceof Promise) throw new Error('the page waits for something')
  return run
}

/** A page of 24 fragments of 2 KB each, all hits, from memory: declared, fetched, joined. */
async function hits() {
  const template =
    '<ul>{% for card in cards %}{% cache "card", card.id, card.updatedAt %}<li>{{ card.text }}</li>{% endcache %}{% endfor %}</ul>'
  const environment = new nunjucks.Environment(new OneTemplate(template))
  const cache = new FragmentCache({
    store: memoryStore(),
    engine: nunjucksEngine({ environment }),
    ttl: '1h',
  })
  const cards = Array.from({ length: 24 }, (_, id) => ({
    id,
    updatedAt: new Date(0),
    text: 'x'.repeat(2000),
  }))
  const render = () => cache.render('page.njk', { cards })
  await render()
  await cache.settled()
  const costs = []
  for (let round = -1; round < ROUNDS; round++) {
    const before = process.cpuUsage()
    for (let n = 0; n < 2000; n++) await render()
    const { user, system } = process.cpuUsage(before)
    if (round >= 0) costs.push((user + system) / 2000)
  }
  const page = await render()
  if (page.fragments.some(({ state }) => state !== 'hit')) throw new Error('not all fragments are hits')
  console.log(
    `\n${'24 hits of 2 KB from memory, and the join'.padEnd(54)}${median(costs).toFixed(1).padStart(10)}`,
  )
  await cache.close()
}

/** Returns each function's CPU per call in each round, in microseconds. */
function rounds(functions) {
  for (const run of functions) costOf(run) // warm-up
  const costs = functions.map(() => [])
  for (let round = 0; round < ROUNDS; round++) {
    functions.forEach((run, n) => {
      costs[n].push(costOf(run))
    })
  }
  return costs
}

function costOf(run) {
  const end = performance.now() + SECONDS_PER_ROUND * 1000
  const before = process.cpuUsage()
  let calls = 0
  do {
    for (let n = 0; n < 10; n++) run()
    calls += 10
  } while (performance.now() < end)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / calls
}
