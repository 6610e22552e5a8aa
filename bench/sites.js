/**
 * The cost of a page without any cache tag, beside stock nunjucks. Pages of public sites, each
 * rendered by both in this process, in rounds that take turns. `npm run bench:sites -- <folder>
 * ...`, each folder a checkout of a site as `npm run test:sites` takes it.
 *
 * The pages are chosen by a rule that knows nothing of what they cost. A page is a template that
 * extends another one, renders alike by both with the first data made up for it, and gives at least
 * 1 KB. A site's pages are put in the order of their length, and its longest is taken, and the one
 * in the middle.
 *
 * Other work of the machine only adds to what a round costs, so that the cost of a page is that of
 * its cheapest tenth of rounds. `--rounds=60` measured rounds; `--only=<text>`: pages whose name
 * has this text; `--way=sync` or `--way=callback`.
 */
import { parseArgs } from 'node:util'
import { nunjucksEngine } from 'onetrip/nunjucks'
import { OpenSite } from '../test/sites/open.js'
import { Site } from '../test/sites/site.js'
import { median, quantile } from './harness/statistics.js'
import { table } from './harness/table.js'

const SHORTEST_BYTES = 1_000
const POSITIONS = [0, 1 / 2]
/** CPU time of a round: short, so that some are not disturbed. */
const ROUND_US = 4_000
/** V8 compiles code again and again as it is used, and in threads whose time counts. */
const WARM_UP_US = 600_000
/** How many renderings are made between two looks at the time. */
const CHUNK = 5

const WAYS = {
  sync: async (environment, { name, data }, count) => {
    for (let n = 0; n < count; n++) environment.render(name, data)
  },
  callback: async (environment, { name, data }, count) => {
    for (let n = 0; n < count; n++) await withCallback(environment, name, data)
  },
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string', default: '60' }, only: { type: 'string' }, way: { type: 'string' } },
})
const rounds = Number(values.rounds)
const ways = values.way === undefined ? Object.keys(WAYS) : [values.way]
if (positionals.length === 0 || !(rounds >= 1) || ways.some((way) => !(way in WAYS))) {
  console.error(
    'usage: npm run bench:sites -- [--rounds=60] [--only=text] [--way=sync|callback] <folder> ...',
  )
  process.exit(2)
}
process.removeAllListeners('warning')

const sites = positionals.map((folder) => new Site(folder))
const pages = []
for (const site of sites) pages.push(...(await pagesOf(new OpenSite(site, sites))))

const heads = ways.flatMap((way) => [`${way}: stock us`, 'ours us', 'ratio'])
const rows = [['page', 'bytes', ...heads]]
/** @type {Map<string, number[]>} */
const ratios = new Map(ways.map((way) => [way, []]))
for (const page of pages) {
  if (values.only !== undefined && !page.title.includes(values.only)) continue
  const row = [page.title, String(page.html.length)]
  for (const way of ways) {
    const { stock, ours, ratio } = await measure(page, WAYS[way])
    row.push(stock.toFixed(0), ours.toFixed(0), ratio.toFixed(2))
    ratios.get(way)?.push(ratio)
  }
  rows.push(row)
  console.error(row.join('  '))
}
console.log(table(rows))
for (const [way, all] of ratios) {
  const above = all.filter((ratio) => ratio > 1).length
  const [least, most] = [Math.min(...all), Math.max(...all)].map((ratio) => ratio.toFixed(2))
  console.log(
    `${way}: median ${median(all).toFixed(2)} times stock's CPU, ${least} to ${most}, ${above} of ${all.length} above 1`,
  )
}
process.exit()

/** The pages of a site that are measured. */
async function pagesOf(opened) {
  const { site } = opened
  const stock = opened.environment()
  const { environment: ours } = nunjucksEngine({ environment: opened.environment() })
  const all = []
  for (const name of site.names) {
    if (!/\{%-?\s*extends\b/.test(site.sources.get(name))) continue
    const page = { title: `${site.name}: ${name}`, name, data: opened.dataOf(name)(1), stock, ours }
    page.html = await htmlOf(stock, page)
    if (page.html?.length >= SHORTEST_BYTES && (await htmlOf(ours, page)) === page.html) all.push(page)
  }
  all.sort((a, b) => b.html.length - a.html.length || (a.name < b.name ? -1 : 1))
  const places = new Set(POSITIONS.map((position) => Math.floor(position * all.length)))
  return all.filter((_, place) => places.has(place))
}

/** A page that renders alike without a callback and with one; undefined: it fails, or does not. */
async function htmlOf(environment, { name, data }) {
  try {
    const html = environment.render(name, data)
    return (await withCallback(environment, name, data)) === html ? html : undefined
  } catch {
    return undefined
  }
}

function withCallback(environment, name, data) {
  return new Promise((resolve, reject) => {
    environment.render(name, data, (error, html) => (error ? reject(error) : resolve(html)))
  })
}

/** Microseconds of CPU of one rendering, and their ratio. */
async function measure(page, render) {
  /** @type {Record<string, number[]>} */
  const costs = { stock: [], ours: [] }
  const measured = (whose, us) => costOf((count) => render(page[whose], page, count), us)
  for (const whose of ['stock', 'ours', 'stock', 'ours']) await measured(whose, WARM_UP_US / 2)
  for (let round = 0; round < rounds; round++) {
    // Who is first in a round pays for what the other has left to collect.
    for (const whose of round % 2 ? ['ours', 'stock'] : ['stock', 'ours']) {
      costs[whose].push(await measured(whose, ROUND_US))
    }
  }
  if ((await htmlOf(page.ours, page)) !== page.html || (await htmlOf(page.stock, page)) !== page.html)
    throw new Error(`${page.title} renders otherwise than before`)
  const [stock, ours] = [costs.stock, costs.ours].map((all) => quantile(Float64Array.from(all).sort(), 0.1))
  return { stock, ours, ratio: ours / stock }
}

async function costOf(render, us) {
  const before = process.cpuUsage()
  for (let count = 0; ; ) {
    await render(CHUNK)
    count += CHUNK
    const { user, system } = process.cpuUsage(before)
    if (user + system >= us) return (user + system) / count
  }
}
