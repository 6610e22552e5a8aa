/**
 * The bar at the foot of each page, in development: what the page cost, and what it would have cost
 * without the cache. The second number is not guessed: it is put together from what the page's
 * queries and fragments took when they last ran in this process. Where one of them has not run yet
 * it is not known, and the bar says so.
 */

/** Pages and fragments whose costs are kept; the oldest go first. */
const KEPT = 5000

/**
 * One request while it is measured.
 * @typedef {object} Meter
 * @property {string} path
 * @property {number} startedAt
 * @property {Catalogue} catalogue
 * @property {Map<string, number>} queries
 */

/** @typedef {import('./films/catalogue.js').Catalogue} Catalogue */

export class CostBar {
  /**
   * By key, the milliseconds that a fragment's body took when it last was a miss.
   * @type {Map<string, number>}
   */
  #renders = new Map()
  /**
   * By path and query, the milliseconds that a page's queries took when they last ran.
   * @type {Map<string, Map<string, number>>}
   */
  #queries = new Map()
  /**
   * By the name of a fragment with a loader, the milliseconds of its last load.
   * @type {Map<string, number>}
   */
  #loads = new Map()
  /** @type {WeakMap<object, Meter>} */
  #meters = new WeakMap()
  #storeName

  /** @param {string} storeName */
  constructor(storeName) {
    this.#storeName = storeName
  }

  /**
   * Begins to measure a request. It is given a catalogue of its own, which notes what each query
   * takes.
   * @param {object} request
   * @param {string} path
   * @param {Catalogue} catalogue
   */
  begin(request, path, catalogue) {
    const queries = new Map()
    this.#meters.set(request, {
      path,
      startedAt: performance.now(),
      catalogue: timed(catalogue, queries),
      queries,
    })
  }

  /**
   * The request's own catalogue.
   * @param {object} request
   */
  catalogueOf(request) {
    return this.#meters.get(request)?.catalogue
  }

  /**
   * Notes what a fragment's own loader took, whichever page or refresh it was for.
   * @param {string} fragment
   * @param {number} milliseconds
   */
  noteLoad(fragment, milliseconds) {
    this.#loads.set(fragment, milliseconds)
  }

  /**
   * Puts the bar into a page that is ready to be sent. What is not an HTML page is left as it is.
   * @template Body
   * @param {Body} body
   * @param {object} request
   * @param {import('onetrip').Page} page
   * @returns {Body | Buffer}
   */
  addTo(body, request, page) {
    const meter = this.#meters.get(request)
    if (meter === undefined || !Buffer.isBuffer(body)) return body
    const end = body.lastIndexOf('</body>')
    if (end === -1) return body
    const bar = Buffer.from(this.#describe(meter, page))
    return Buffer.concat([body.subarray(0, end), bar, body.subarray(end)])
  }

  #describe({ path, startedAt, queries }, page) {
    const spent = performance.now() - startedAt
    const misses = page.fragments.filter(({ state }) => state === 'miss')
    for (const { key, renderTime } of misses) remember(this.#renders, key, renderTime)
    const known = this.#queries.get(path) ?? new Map()
    const allQueries = new Map([...known, ...queries])
    remember(this.#queries, path, allQueries)

    const saved = this.#saved(page, allQueries, queries)
    const without = saved === undefined ? 'not yet known' : `<b>${(spent + saved).toFixed(1)} ms</b>`
    const cost = [
      `<b>${count(page.trips, 'trip')}</b>`,
      count(page.hits, 'hit'),
      count(page.misses, 'miss', 'misses'),
      `<b>${spent.toFixed(1)} ms</b>`,
    ]
    return `<aside class="cost" lang="en" aria-label="What this page cost"><span>${cost.join(' · ')}</span><span>without the cache: ${without}</span><span>${this.#storeName}</span></aside>\n`
  }

  /**
   * The milliseconds that this page's hits cost when they were misses; undefined where one never
   * was.
   */
  #saved(page, known, ran) {
    let saved = 0
    for (const { key, name, state } of page.fragments) {
      if (state !== 'hit') continue
      const renderTime = this.#renders.get(key)
      if (renderTime === undefined) return undefined
      saved += renderTime + (this.#loads.get(name) ?? 0)
    }
    for (const [query, time] of known) if (!ran.has(query)) saved += time
    return saved
  }
}

/** The same catalogue; each call notes its time under its name and arguments. */
function timed(catalogue, queries) {
  return new Proxy(catalogue, {
    get:
      (target, name) =>
      (...values) => {
        const startedAt = performance.now()
        try {
          return target[name](...values)
        } finally {
          queries.set(`${String(name)} ${JSON.stringify(values)}`, performance.now() - startedAt)
        }
      },
  })
}

function remember(map, key, value) {
  map.delete(key)
  map.set(key, value)
  const [oldest] = map.keys()
  if (map.size > KEPT) map.delete(oldest)
}

function count(number, one, many = `${one}s`) {
  return `${number} ${number === 1 ? one : many}`
}
