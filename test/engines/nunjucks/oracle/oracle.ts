import nunjucks from 'nunjucks'
import { FragmentCache, lazy } from 'onetrip'
import { nunjucksEngine } from 'onetrip/nunjucks'
import { memoryStore } from 'onetrip/stores/memory'
import { turns } from '../../../helpers/turns.ts'
import { StockCache } from './stock-cache.ts'

/**
 * How a page's data makes a value that is loaded when it is read; stock nunjucks gets the value
 * itself.
 */
export type Load = <T>(fn: () => T | Promise<T>) => T
/** The visitor of a page. Fragments do not depend on it; the rest of the page may. */
export type Visitor = 'anna' | 'berta'

export interface Case {
  readonly templates: Readonly<Record<string, string>>
  /** Made anew for each page. */
  readonly data: (load: Load, visitor: Visitor) => object
  readonly options?: object
  readonly setUp?: (environment: nunjucks.Environment) => void
  /** Left out: one that has the templates. */
  readonly loader?: (templates: Readonly<Record<string, string>>) => MapLoader
  /**
   * False where a plain extension cannot do it: then the page is compared with caching off alone.
   */
  readonly stock?: boolean
}

export class MapLoader extends nunjucks.Loader {
  readonly templates: Readonly<Record<string, string>>

  constructor(templates: Readonly<Record<string, string>>) {
    super()
    this.templates = templates
  }

  getSource(name: string): nunjucks.LoaderSource {
    const src = this.templates[name]
    // nunjucks goes on to the next loader, and then says what it did not find.
    if (src === undefined) return null as unknown as nunjucks.LoaderSource
    return { src, path: name, noCache: false }
  }
}

/** A page, or the fact that it failed. */
export type Outcome = { readonly html: string } | { readonly failed: string }

/**
 * Turns of the event loop after which a page that is not there never will be: nothing of it waits
 * for time to pass.
 */
const PATIENCE = 5000

async function outcome(render: () => Promise<string>): Promise<Outcome> {
  try {
    return { html: await Promise.race([render(), turns(PATIENCE).then(() => 'never rendered')]) }
  } catch (error) {
    return { failed: String(error) }
  }
}

export function environmentOf({ templates, options, setUp, loader }: Case): nunjucks.Environment {
  const environment = new nunjucks.Environment(loader?.(templates) ?? new MapLoader(templates), {
    ...options,
  })
  setUp?.(environment)
  return environment
}

export function renderStock(one: Case, visitor: Visitor = 'anna'): Promise<Outcome> {
  const environment = environmentOf(one)
  environment.addExtension('StockCache', new StockCache())
  const data = one.data((fn) => fn() as never, visitor)
  return outcome(
    () =>
      new Promise((resolve, reject) => {
        environment.render('page', data, (error, html) => (error ? reject(error) : resolve(html ?? '')))
      }),
  )
}

/** The cache of one case: pages of any number of visitors on the same entries. */
export class Pages {
  readonly #case: Case
  readonly store = memoryStore()
  readonly cache: FragmentCache
  keys: string[] = []
  hits = 0
  misses = 0

  constructor(one: Case, caching = true) {
    this.#case = one
    const engine = nunjucksEngine({ environment: environmentOf(one), cache: caching })
    this.cache = new FragmentCache({ store: this.store, engine, ttl: '5m', entries: { allowEmpty: true } })
  }

  async render(visitor: Visitor = 'anna', load: Load = lazyLater): Promise<Outcome> {
    const data = this.#case.data(load, visitor)
    const result = await outcome(async () => {
      const { body, fragments } = await this.cache.render('page', data)
      this.keys = fragments.map(({ key }) => key)
      this.hits = fragments.filter(({ state }) => state === 'hit').length
      this.misses = fragments.length - this.hits
      return body.toString()
    })
    await this.cache.settled()
    return result
  }
}

/** Some lazy values are there at once, some later. */
let calls = 0
const lazyLater: Load = (fn) => {
  const late = ++calls % 2 === 0
  return lazy(late ? async () => fn() : fn) as never
}

/**
 * nunjucks compiles some templates to code that is none: an include in the `else` of a loop, for
 * one.
 */
export function isCompilerBug(outcome: Outcome): boolean {
  return 'failed' in outcome && outcome.failed.includes('SyntaxError')
}

/** All outcomes of one case, which must be one. */
export async function outcomes(one: Case, chance: () => boolean): Promise<Record<string, Outcome>> {
  const off = new Pages(one, false)
  const on = new Pages(one)
  const result: Record<string, Outcome> = {}
  const stock = one.stock === false ? undefined : await renderStock(one)
  if (stock && !isCompilerBug(stock)) result.stock = stock
  result.off = await off.render()
  result.cold = await on.render()
  result.warm = await on.render()
  await on.store.deleteMany(on.keys.filter(chance))
  result['some missing'] = await on.render()
  return result
}

/** The same entries seen by another visitor. */
export async function visitorOutcomes(one: Case): Promise<Record<string, Outcome>> {
  const on = new Pages(one)
  await on.render('anna')
  const result: Record<string, Outcome> = {}
  if (one.stock !== false) result.stock = await renderStock(one, 'berta')
  result.off = await new Pages(one, false).render('berta')
  result.warm = await on.render('berta')
  return result
}
