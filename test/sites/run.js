/**
 * Compares whole sites with stock nunjucks: `npm run test:sites -- [--async] [--cpu] <folder> ...`, each folder a
 * checkout of a site whose views are nunjucks templates. A template that a site takes from a package is looked for in
 * the other folders. Filters, tags and data that the templates name are made up, the same in each run.
 *
 * Each template is to compile as in stock, and to give the same bytes, or to fail alike: without tags, and with
 * `{% cache %}` around blocks' contents, includes, macro calls and loops' bodies, without caching, cold, warm, and with
 * half of the fragments missing.
 *
 * `--async`: half of the filters and tags are asynchronous. `--trim`: with `trimBlocks` and `lstripBlocks`.
 * `--cpu`: measures what a page without a tag costs instead. `--show=<n>`: how many differences are shown.
 */
import { measure } from './cpu.js'
import { Shapes, treeOf } from './data.js'
import { Pages } from './pages.js'
import { Site } from './site.js'
import { Syntax } from './syntax.js'
import { Tagged } from './tagged.js'

const SEEDS = [1, 2]

const args = process.argv.slice(2)
const flags = new Map(args.filter((arg) => arg.startsWith('--')).map((arg) => arg.slice(2).split('=')))
const sites = args.filter((arg) => !arg.startsWith('--')).map((folder) => new Site(folder))
const unknown = [...flags.keys()].filter((flag) => !['async', 'trim', 'cpu', 'show'].includes(flag))
if (sites.length === 0 || unknown.length > 0) {
  console.error('usage: npm run test:sites -- [--async] [--trim] [--cpu] [--show=10] <folder> ...')
  process.exit(2)
}
process.removeAllListeners('warning')
const options = flags.has('trim') ? { trimBlocks: true, lstripBlocks: true } : {}
let toShow = Number(flags.get('show') ?? 10)

/** One site with the others behind it. */
function open(site) {
  const all = [site, ...sites.filter((other) => other !== site)]
  const syntax = new Syntax(sites, flags.has('async'))
  const tagged = new Tagged(all, (environment) => syntax.addTo(environment))
  const pages = new Pages(all, syntax, tagged, options)
  const shapes = new Shapes()
  for (const name of site.names) {
    try {
      shapes.add(treeOf(site.sources.get(name), pages.stock))
    } catch {
      // It does not parse, in stock neither.
    }
  }
  pages.addGlobals(shapes.functions)
  return { pages, tagged, shapes }
}

const count = (counts, what, n = 1) => {
  counts[what] = (counts[what] ?? 0) + n
}
const rows = {}
const counts = {}
const reasons = {}
/** Why pages fail, in stock and alike. */
const failures = {}

async function compare(site) {
  const { pages, tagged, shapes } = open(site)
  const row = {
    templates: 0,
    pages: 0,
    equal: 0,
    'fail alike': 0,
    refused: 0,
    different: 0,
    fragments: 0,
    hits: 0,
  }
  const differs = (name, what) => {
    row.different++
    if (toShow-- > 0) console.log(`\n${site.name}: ${name}\n${what}`)
  }
  for (const name of site.names) {
    row.templates++
    const { stock, ours } = pages.compiles(name)
    if ((stock === undefined) !== (ours === undefined))
      differs(name, `compiled: stock ${stock}, ours ${ours}`)
    if (stock !== undefined) continue
    for (const seed of SEEDS) {
      row.pages++
      const { outcomes, fragments, hits } = await pages.everyWay(name, () => shapes.data(seed))
      row.fragments += fragments
      row.hits += hits
      const found = difference(outcomes)
      const refused = refusal(outcomes)
      if (refused) {
        row.refused++
        count(reasons, `on the page: ${refused}`)
      } else if (found) differs(`${name}, seed ${seed}`, found)
      else if (outcomes.stock.html === undefined) {
        row['fail alike']++
        const why = outcomes.stock.failed.split('\n').at(-1).trim()
        count(failures, why)
      } else row.equal++
    }
  }
  return { row, tagged }
}

/** Why a page with tags is refused: the same in each state, and without tags it is as in stock. */
function refusal({ stock, plain, off, cold, warm, half }) {
  const [reason, ...others] = [off, cold, warm, half].map(({ failed }) => REFUSED.exec(failed ?? '')?.[1])
  return reason && others.every((other) => other === reason) && stock.html === plain.html ? reason : undefined
}

/** Messages that name a tag's place in brackets. */
const REFUSED = /^(?!\(|Template)(.*? cache tag.*?) \(/

/** What is not as in stock, in words. */
function difference(outcomes) {
  const { html, failed } = outcomes.stock
  const other = Object.entries(outcomes).find(([, one]) => one.html !== html)
  if (!other) return undefined
  const [way, one] = other
  if (html === undefined || one.html === undefined)
    return `${way}: ${one.failed ?? 'rendered'}\nstock: ${failed ?? 'rendered'}`
  let at = 0
  while (html[at] === one.html[at]) at++
  const shown = (text) => JSON.stringify(text.slice(Math.max(0, at - 60), at + 60))
  return `${way}: ${shown(one.html)}\nstock: ${shown(html)}`
}

for (const site of sites) {
  if (flags.has('cpu')) continue
  const { row, tagged } = await compare(site)
  rows[site.name] = row
  console.log(site.name, JSON.stringify(row))
  for (const [kind, n] of tagged.counts) count(counts, kind, n)
  for (const [reason, n] of tagged.reasons) count(reasons, reason, n)
}
if (flags.has('cpu')) await measure(sites.map((site) => ({ site, ...open(site) })))
else {
  console.table(rows)
  const frequent = Object.entries(failures).sort(([, a], [, b]) => b - a)
  console.log('why pages fail alike', Object.fromEntries(frequent.slice(0, 40)))
  console.log('tags put around', counts)
  console.log('not put around', reasons)
}
process.exit(Object.values(rows).some((row) => row.different > 0) ? 1 : 0)
