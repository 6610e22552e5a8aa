/**
 * Compares whole sites with stock nunjucks: `npm run test:sites -- [--async] [--trim] <folder>
 * ...`, each folder a checkout of a site whose views are nunjucks templates. A template that a site
 * takes from a package is looked for in the other folders, and made up if no folder has it.
 * Filters, tags and data that the templates name are made up, too, the same in each run.
 *
 * Each template is to compile as in stock, and to give the same bytes, or to fail with the same
 * message: without tags, and with `{% cache %}` around blocks' contents, includes, macro calls and
 * loops' bodies, without caching, cold, warm, and with half of the fragments missing.
 *
 * `--async`: half of the filters and tags are asynchronous. `--trim`: with `trimBlocks` and
 * `lstripBlocks`. `--sample=<n>`: that many templates of each site, chosen by `--seed=<text>`.
 * `--show=<n>`: how many differences are shown.
 */
import { OpenSite } from './open.js'
import { Pages } from './pages.js'
import { hash } from './random.js'
import { Site } from './site.js'
import { Tagged } from './tagged.js'
import { judge } from './verdict.js'

/** Of the data. */
const SEEDS = [1, 2]
const FLAGS = ['async', 'trim', 'sample', 'seed', 'show']

const args = process.argv.slice(2)
const flags = new Map(args.filter((arg) => arg.startsWith('--')).map((arg) => arg.slice(2).split('=')))
const sites = args.filter((arg) => !arg.startsWith('--')).map((folder) => new Site(folder))
const unknown = [...flags.keys()].filter((flag) => !FLAGS.includes(flag))
if (sites.length === 0 || unknown.length > 0) {
  console.error(
    'usage: npm run test:sites -- [--async] [--trim] [--sample=100] [--seed=a] [--show=10] <folder> ...',
  )
  process.exit(2)
}
process.removeAllListeners('warning')
const options = flags.has('trim') ? { trimBlocks: true, lstripBlocks: true } : {}
let toShow = Number(flags.get('show') ?? 10)

/** The templates of a site that are compared. */
function chosen({ names }) {
  const most = Number(flags.get('sample') ?? names.length)
  const order = (name) => hash(`${flags.get('seed') ?? ''} ${name}`)
  return names.toSorted((a, b) => order(a) - order(b)).slice(0, most)
}

const count = (counts, what, n = 1) => {
  counts[what] = (counts[what] ?? 0) + n
}
const rows = {}
const counts = {}
const reasons = {}
/** Why pages fail, in stock and alike, each with one of them. */
const failures = new Map()

async function compare(site) {
  const opened = new OpenSite(site, sites, flags.has('async'))
  const all = [site, ...sites.filter((other) => other !== site)]
  const tagged = new Tagged(all, opened.views, (environment) => opened.syntax.addTo(environment))
  const pages = new Pages(opened, tagged, options)
  const row = { templates: 0, pages: 0, equal: 0, 'fail alike': 0, refused: 0, 'stock loses': 0 }
  Object.assign(row, { 'other message': 0, different: 0, fragments: 0, hits: 0 })
  const show = (name, what) => {
    if (toShow-- > 0) console.log(`\n${site.name}: ${name}\n${what}`)
  }
  for (const name of chosen(site)) {
    row.templates++
    const { stock, ours } = pages.compiles(name)
    if (stock !== ours) {
      // Where a template waits, stock's own code is no JavaScript at times.
      row[
        /SyntaxError|Unexpected (token|identifier)/.test(stock) && ours === undefined
          ? 'stock loses'
          : 'different'
      ]++
      show(name, `compiled: stock ${stock}, ours ${ours}`)
    }
    if (stock !== undefined) continue
    const data = opened.dataOf(name)
    for (const seed of SEEDS) {
      row.pages++
      const { outcomes, fragments, hits } = await pages.everyWay(name, () => data(seed))
      row.fragments += fragments
      row.hits += hits
      const { verdict, reason, what } = judge(outcomes)
      row[verdict]++
      if (what) show(`${name}, seed ${seed}`, `${verdict}: ${what}`)
      if (verdict === 'fail alike') {
        const known = failures.get(reason) ?? { times: 0, page: `${site.name}: ${name}` }
        failures.set(reason, { ...known, times: known.times + 1 })
      } else if (reason) count(reasons, `on the page: ${reason.replace(/ \(.*?\)$/, '')}`)
    }
  }
  return { row, tagged }
}

async function compareAll() {
  const total = {}
  for (const site of sites) {
    const { row, tagged } = await compare(site)
    rows[site.name] = row
    for (const [what, n] of Object.entries(row)) count(total, what, n)
    console.log(site.name, JSON.stringify(row))
    for (const [kind, n] of tagged.counts) count(counts, kind, n)
    for (const [reason, n] of tagged.reasons) count(reasons, reason, n)
  }
  console.table({ ...rows, 'all sites': total })
  const frequent = [...failures].sort(([, a], [, b]) => b.times - a.times)
  console.log('why pages fail alike', Object.fromEntries(frequent.slice(0, 60)))
  console.log('tags put around', counts)
  console.log('not put around', reasons)
  return total.different + total['other message']
}

try {
  process.exitCode = (await compareAll()) > 0 ? 1 : 0
} catch (error) {
  console.error(error)
  process.exitCode = 1
}
process.exit()
