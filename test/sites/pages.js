import { FragmentCache } from 'onetrip'
import { nunjucksEngine } from 'onetrip/nunjucks'
import { memoryStore } from 'onetrip/stores/memory'
import { calls } from './syntax.js'
import { KEY_FILTER, siteKey } from './tagged.js'

/**
 * Stock loses some pages for good: those that are not there when nothing has been under way for so
 * long.
 */
const IDLE_TURNS = 100
const IDLE_MS = 100
const REST_TURNS = 5

/** One visitor sees all the pages, so nothing leaks. */
const OPTIONS = { ttl: '5m', safety: 'off' }

/**
 * Fails the page that is rendered. An error that nunjucks throws into a callback would end the
 * process.
 */
let thrown = () => {}
process.on('uncaughtException', (error) => thrown(error))

/**
 * A page's HTML, or that it failed, and why; and what its code has thrown into the void after that.
 */
async function outcome(render) {
  let ended = false
  const result = {}
  try {
    const html = await new Promise((resolve, reject) => {
      thrown = reject
      afterIdling(
        () => ended,
        () => reject(new Error('it was never rendered')),
      )
      render(resolve, reject)
    })
    result.html = String(html)
  } catch (error) {
    result.failed = String(error?.message ?? error)
  }
  ended = true
  thrown = (error) => {
    result.late ??= String(error?.message ?? error)
  }
  await rest()
  thrown = () => {}
  return result
}

/**
 * Waits until nothing that a page has begun is under way: it is lost, but it is not the next
 * page's.
 */
async function rest() {
  let turns = 0
  for (let seen = calls.begun; turns < REST_TURNS; turns++) {
    if (calls.begun !== seen || calls.begun > calls.ended) turns = 0
    seen = calls.begun
    await new Promise((resolve) => setImmediate(resolve))
  }
}

function afterIdling(ended, give) {
  const begun = performance.now()
  let [turns, seen] = [0, calls.begun]
  const turn = () => {
    if (ended()) return
    if (calls.begun !== seen || calls.begun > calls.ended) turns = 0
    seen = calls.begun
    if (++turns > IDLE_TURNS && performance.now() - begun > IDLE_MS) give()
    else setImmediate(turn)
  }
  setImmediate(turn)
}

/** The same source for stock: its tags are conditions that are true. */
function asConditions(source) {
  return source
    .replace(/\{%(-?) cache "site\d+", \[[^\]]*\] \| \w+ (-?)%\}/g, '{%$1 if true $2%}')
    .replace(/\{%(-?) endcache (-?)%\}/g, '{%$1 endif $2%}')
}

/**
 * The templates of one site, rendered by stock nunjucks and by ours: without tags, and with them in
 * each state.
 */
export class Pages {
  #stock
  #marked
  #plain
  #off
  #on

  constructor(opened, tagged, options) {
    const environment = (change) => opened.environment(options, change).addFilter(KEY_FILTER, siteKey)
    const withTags = (source, path) => tagged.source(source, path)
    this.#stock = environment()
    // There a tag takes away white space beside it, whatever it is.
    const trims = options.trimBlocks || options.lstripBlocks
    this.#marked = trims ? environment((source, path) => asConditions(withTags(source, path))) : this.#stock
    this.#plain = nunjucksEngine({ environment: environment() })
    this.#off = nunjucksEngine({ environment: environment(withTags), cache: false })
    this.#on = nunjucksEngine({ environment: environment(withTags) })
  }

  /** Says whether a template compiles. */
  compiles(name) {
    return Object.fromEntries(
      Object.entries({ stock: this.#stock, ours: this.#plain.environment }).map(([whose, environment]) => {
        try {
          environment.getTemplate(name, true)
          return [whose, undefined]
        } catch (error) {
          return [whose, error.message]
        }
      }),
    )
  }

  /** Renders a page in every way. */
  async everyWay(name, data) {
    const byStock = (environment) =>
      outcome((resolve, reject) =>
        environment.render(name, data(), (error, html) => (error ? reject(error) : resolve(html))),
      )
    const stock = await byStock(this.#stock)
    const marked = this.#marked === this.#stock ? stock : await byStock(this.#marked)
    const bare = await byStock(this.#plain.environment)
    const plain = await this.#once(this.#plain, name, data)
    const off = await this.#once(this.#off, name, data)
    const bareTagged = await byStock(this.#off.environment)
    const store = memoryStore()
    const cache = new FragmentCache({ store, engine: this.#on, ...OPTIONS, entries: { allowEmpty: true } })
    const keys = []
    let hits = 0
    const page = async () => {
      const shown = await outcome((resolve, reject) =>
        cache.render(name, data()).then(({ body, fragments }) => {
          keys.splice(0, keys.length, ...fragments.map(({ key }) => key))
          hits += fragments.filter(({ state }) => state === 'hit').length
          resolve(body)
        }, reject),
      )
      await cache.settled()
      return shown
    }
    const cold = await page()
    const warm = await page()
    await store.deleteMany(keys.filter((_, n) => n % 2 === 0))
    const half = await page()
    await cache.close()
    return {
      outcomes: { stock, marked, bare, plain, off, bareTagged, cold, warm, half },
      fragments: keys.length,
      hits,
    }
  }

  async #once(engine, name, data) {
    const cache = new FragmentCache({ store: memoryStore(), engine, ...OPTIONS })
    const shown = await outcome((resolve, reject) =>
      cache.render(name, data()).then(({ body }) => resolve(body), reject),
    )
    await cache.close()
    return shown
  }
}
