/**
 * Traces pages of the package in a folder: `node traced-pages.js DIR`. Prints JSON, a row for each
 * page; with `--calls`, the calls of a warm hit as text instead. A page has one cached fragment
 * with a tag; its template is compiled, and the store is connected, before. The trace ends when the
 * page is written back.
 */

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { startRedis } from '../../bench/harness/redis.js'
import { instrumentModulesOf } from './instrument-hook.js'
import { countsOf, Trace } from './trace.js'

const TEMPLATE = '<p>{% cache "card", id, ttl="1h", tags=["cards"] %}{{ text }}{% endcache %}</p>'

const listed = process.argv.includes('--calls')
const folder = /** @type {string} */ (process.argv[2])
const { exports } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
/** @param {string} door */
const load = (door) => import(pathToFileURL(join(folder, exports[door])).href)

const trace = new Trace()
Object.assign(globalThis, { trace })
instrumentModulesOf(pathToFileURL(join(folder, 'dist/')).href)

const nunjucks = createRequire(join(folder, 'package.json'))('nunjucks')
const { FragmentCache } = await load('.')
const { nunjucksEngine } = await load('./nunjucks')
const { memoryStore } = await load('./stores/memory')
const { redisStore } = await load('./stores/redis')

/** Returns true for all but template engines and stores. @param {string} file */
const isCore = (file) => !/^(engines|template|stores|redis)\//.test(file)

/** @param {string} storeName @param {object} store */
async function pagesOf(storeName, store) {
  const environment = new nunjucks.Environment(
    new (nunjucks.Loader.extend({
      getSource: () => ({ src: TEMPLATE, path: 'page.njk', noCache: false }),
    }))(),
  )
  const cache = new FragmentCache({ store, engine: nunjucksEngine({ environment }), ttl: '1h' })
  /** @param {number} id @param {'hit' | 'miss'} state */
  const render = async (id, state) => {
    let page
    const course = await trace.of(async () => {
      page = await cache.render('page.njk', { id, text: `card ${id}` })
      await cache.settled()
    })
    // Not a part of the page: a report is made only where it is asked for.
    const found = page.fragments[0].state
    if (found !== state) throw new Error(`a ${found}, not a ${state}`)
    return course
  }
  await render(1, 'miss')
  const cold = await render(2, 'miss')
  const warm = await render(2, 'hit')
  await cache.close()
  if (listed) console.log(warm.calls.map(({ file, name }) => `${file}:${name}`).join('\n'))
  return [
    { page: `one warm hit, ${storeName}`, all: countsOf(warm), core: countsOf(warm, isCore) },
    { page: `a cold page, ${storeName}`, all: countsOf(cold), core: countsOf(cold, isCore) },
  ]
}

const rows = await pagesOf('memoryStore', memoryStore())
if (listed) process.exit()
const redis = await startRedis()
try {
  const store = redisStore({ url: redis.urlOf(0) })
  rows.push(...(await pagesOf('redisStore', store)))
  await store.close()
} finally {
  await redis.stop()
}
console.log(JSON.stringify(rows))
