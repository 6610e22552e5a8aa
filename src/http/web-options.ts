import { FragmentCache } from '../core/fragment-cache.ts'
import { FRAGMENT_CACHE_OPTIONS, type FragmentCacheOptions } from '../core/options/cache-options.ts'
import { OptionError } from '../errors.ts'
import { toBytes } from '../options/byte-size.ts'
import type { Duration } from '../options/duration.ts'
import { type Meant, refuseUnknownOptions } from '../options/unknown-option.ts'
import { memoryStore } from '../stores/memory/index.ts'
import type { Store } from '../stores/store.ts'
import { tieredStore } from '../stores/tiered/index.ts'

/** What the plugin and the middleware take beside the options of the cache itself. */
export interface WebOptions extends Omit<FragmentCacheOptions, 'store'> {
  /** Where entries live. Default: a `memoryStore()` of its own. */
  store?: Store | undefined
  /**
   * How much of this process' memory may hold copies of what the store has, so that a page whose fragments are all there
   * costs no round trip: `'64MB'`, or a number of bytes. Needs a `store` that processes share. Default: none.
   */
  memory?: string | number | undefined
  /**
   * How copies are kept from being old: `'tracking'`, Redis says what is written; `'ttl'`, by nothing but their age, so that
   * what another process invalidates is shown up to `coherenceLag` longer. Default: `'tracking'`.
   */
  coherence?: 'tracking' | 'ttl' | undefined
  /** How long after another process has invalidated a copy may still be shown, at most. Default: `'1s'`. */
  coherenceLag?: Duration | undefined
  /**
   * A cache of your own, in place of `store`, `engine` and all other options of a cache. It is not closed with
   * the app: close it yourself.
   */
  cache?: FragmentCache
  /**
   * The name under which a response gets its method that renders: `reply.view` and `res.render` by default.
   * `false`: none, since somebody else renders, with an environment that `installCache` was called with.
   */
  decorator?: string | false
  /**
   * Sends the headers `X-Onetrip` and `Server-Timing`, which say what a page cost: numbers only, never a key.
   * Default: true, unless `NODE_ENV` is `production`.
   */
  debug?: boolean
  /** Methods of the requests whose misses are stored; all others only read. Default: `['GET', 'HEAD']`. */
  storeMethods?: readonly string[]
  /**
   * Says by its status code whether the misses of a response are stored. Default: 2xx and 304; what was
   * rendered for an error or a redirect is not stored.
   */
  storeStatus?: (statusCode: number) => boolean
}

/** The options of the web layer, complete. */
export interface WebConfig {
  readonly cache: FragmentCache
  /** The cache was made here, so it is closed with the app. */
  readonly owned: boolean
  readonly decorator: string | false
  readonly debug: boolean
  readonly storeMethods: ReadonlySet<string>
  readonly storeStatus: (statusCode: number) => boolean
}

/** Options of the engine and of a store, and names that other packages have for them. */
const ELSEWHERE: Meant = {
  ...Object.fromEntries(
    ['root', 'views', 'templates'].map((name) => [
      name,
      "it belongs to the engine: pass engine: nunjucksEngine({ root: 'views' }).",
    ]),
  ),
  ...Object.fromEntries(
    ['url', 'redis', 'client'].map((name) => [
      name,
      'it belongs to the store: pass store: redisStore({ url }).',
    ]),
  ),
  environment: 'it belongs to the engine: pass engine: nunjucksEngine({ environment }).',
  filters: 'they belong to the environment: engine.environment.addFilter(name, fn).',
  globals: 'they belong to the environment: engine.environment.addGlobal(name, value).',
  maxBytes: 'it belongs to the store: pass store: memoryStore({ maxBytes }).',
  propertyName: 'decorator',
}

const TIER_OPTIONS = ['memory', 'coherence', 'coherenceLag'] as const
/** All names of {@link WebOptions} beside those of the cache. */
export const WEB_OPTIONS = [
  'cache',
  'decorator',
  'debug',
  'storeMethods',
  'storeStatus',
  ...TIER_OPTIONS,
] as const

/**
 * Checks the options at the door, and makes the cache unless one is handed in.
 * @param decorator the name of the method that renders where the options give none
 * @param own names of options that only this framework has
 * @throws OptionError, and what `new FragmentCache` throws
 */
export function resolveWebOptions(
  options: WebOptions,
  decorator: string,
  own: readonly string[] = [],
  meant?: Meant,
): WebConfig {
  refuseUnknown(options, own, meant)
  const web = {
    decorator: readDecorator(options.decorator ?? decorator),
    debug: readDebug(options.debug ?? process.env.NODE_ENV !== 'production'),
    storeMethods: readMethods(options.storeMethods ?? ['GET', 'HEAD']),
    storeStatus: readStatus(options.storeStatus ?? isSuccess),
  }
  if (options.cache !== undefined) return tracking({ ...web, cache: readCache(options), owned: false })
  if (options.engine === undefined && web.decorator !== false) {
    throw new OptionError(
      `The option engine is missing: ${web.decorator}() has nothing to render with. ` +
        'Pass an engine such as nunjucksEngine({ root }); or decorator: false, if pages are rendered by an ' +
        'environment that installCache() was called with.',
    )
  }
  return tracking({ ...web, cache: new FragmentCache(cacheOptions(options, own)), owned: true })
}

/** Where another renders, by `installCache`, pages are found by AsyncLocalStorage, from the first request on. */
function tracking(web: WebConfig): WebConfig {
  if (web.decorator === false) web.cache.trackPages()
  return web
}

function refuseUnknown(options: WebOptions, own: readonly string[], meant?: Meant): void {
  if (typeof options !== 'object' || options === null) {
    throw new OptionError(
      `The options are an object such as { engine, store, ttl: '5m' }, not ${show(options)}.`,
    )
  }
  refuseUnknownOptions('onetrip', options, [...FRAGMENT_CACHE_OPTIONS, ...WEB_OPTIONS, ...own], {
    ...ELSEWHERE,
    ...meant,
  })
}

function cacheOptions(options: WebOptions, own: readonly string[]): FragmentCacheOptions {
  const rest: Record<string, unknown> = { ...options, store: storeOf(options) }
  for (const name of [...WEB_OPTIONS, ...own]) delete rest[name]
  return rest as unknown as FragmentCacheOptions
}

/** The store of the options, with copies in memory before it where they ask for that. */
function storeOf({ store, memory, coherence, coherenceLag, prefix }: WebOptions): Store {
  if (memory === undefined) {
    const beside = coherence === undefined ? coherenceLag && 'coherenceLag' : 'coherence'
    if (beside)
      throw new OptionError(
        `The option ${beside} says how copies in memory are kept: pass memory, such as '64MB'.`,
      )
    return store ?? memoryStore()
  }
  if (!store?.capabilities?.shared) {
    throw new OptionError(
      'The option memory keeps copies of a store that processes share, such as redisStore({ url }), which is to be passed as ' +
        'store. To keep all in memory alone, pass store: memoryStore({ maxBytes }).',
    )
  }
  if (coherence !== 'ttl' && store.follow === undefined) {
    throw new OptionError(
      'The option memory needs a store that tells what other processes write, which redisStore does, reading from primaries. ' +
        'Leave memory out: lmdbStore and sqliteStore read from the memory of this machine as it is. With ' +
        "coherence: 'ttl' copies are kept by age alone, and what another process invalidates is shown up to coherenceLag longer.",
    )
  }
  const first = memoryStore({ maxBytes: readSize(memory) })
  return tieredStore({ first, second: store, coherence, coherenceLag, prefix: prefix ?? 'onetrip' })
}

function readSize(value: unknown): number {
  const size = toBytes(value, SMALLEST_MEMORY)
  if (size !== undefined) return size
  throw new OptionError(
    `The option memory takes a size such as '64MB', or a number of bytes from ${SMALLEST_MEMORY} on; not ${show(value)}.`,
  )
}

/** Less would hold hardly a page. */
const SMALLEST_MEMORY = 64 * 1024

function readCache(options: WebOptions): FragmentCache {
  const { cache } = options
  if (!(cache instanceof FragmentCache)) throw new OptionError('The option cache takes a FragmentCache.')
  const beside = [...FRAGMENT_CACHE_OPTIONS, ...TIER_OPTIONS].filter(
    (name) => options[name as 'ttl'] !== undefined,
  )
  if (beside.length === 0) return cache
  throw new OptionError(
    `The option cache is a cache with options of its own: give ${beside.join(', ')} to new FragmentCache.`,
  )
}

function readDecorator(value: unknown): string | false {
  if (value === false || (typeof value === 'string' && value !== '')) return value
  throw new OptionError(`The option decorator takes the name of a method, or false; not ${show(value)}.`)
}

function readDebug(value: unknown): boolean {
  if (typeof value === 'boolean') return value
  throw new OptionError(`The option debug takes true or false, not ${show(value)}.`)
}

function readMethods(value: unknown): ReadonlySet<string> {
  if (Array.isArray(value) && value.every((method) => typeof method === 'string')) {
    return new Set(value.map((method) => method.toUpperCase()))
  }
  throw new OptionError(`The option storeMethods takes a list such as ['GET', 'HEAD'], not ${show(value)}.`)
}

function readStatus(value: unknown): (statusCode: number) => boolean {
  if (typeof value === 'function') return value as (statusCode: number) => boolean
  throw new OptionError(`The option storeStatus takes a function of the status code, not ${show(value)}.`)
}

/** A 304 stands for a page that was rendered and turned out to be the one that the visitor has. */
function isSuccess(statusCode: number): boolean {
  return (statusCode >= 200 && statusCode < 300) || statusCode === 304
}

function show(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : String(value)
}
