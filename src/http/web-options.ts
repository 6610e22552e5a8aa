import { FragmentCache } from '../core/fragment-cache.ts'
import { CACHE_OPTION_GROUPS } from '../core/options/cache-option-groups.ts'
import { FRAGMENT_CACHE_OPTIONS, type FragmentCacheOptions } from '../core/options/cache-options.ts'
import { DASHBOARD_MEMBERS, type DashboardConfig, type DashboardOptions } from '../dashboard/options.ts'
import { OptionError } from '../errors.ts'
import type { Metrics } from '../metrics/metrics.ts'
import type { MetricsOptions } from '../metrics/metrics-options.ts'
import type { ByteSize } from '../options/byte-size.ts'
import { type Hints, refuseUnknownNames } from '../options/option-names.ts'
import { readBoolean, readGroup, refuseOption } from '../options/read-option.ts'
import { show } from '../options/show.ts'
import { purgeInvalidated } from '../purge/purge-invalidated.ts'
import type { Store } from '../stores/store.ts'
import { dashboardOf, MountedDashboard } from './dashboard-option.ts'
import { readFragmentUrls } from './fragments-endpoint/endpoint-option.ts'
import type { FragmentUrls, FragmentUrlsOptions } from './fragments-endpoint/fragment-urls.ts'
import { MEMORY_MEMBERS, type MemoryOptions, storeOf } from './memory-option.ts'
import { METRICS_MEMBERS, metricsOf } from './metrics-option.ts'
import { Inspections } from './overlay/inspections.ts'
import { OVERLAY_MEMBERS, type OverlayOptions, readOverlay } from './overlay/overlay-option.ts'
import type { PageSender } from './page-sender.ts'
import {
  readSending,
  SENDING_GROUPS,
  SENDING_HINTS,
  SENDING_OPTIONS,
  type SendingOptions,
} from './sending-options.ts'
import { readStoreWhen, type StoreWhen, type StoreWhenOptions } from './store-when.ts'

/**
 * How templates are rendered by a method of responses. `render: 'page'` is `{ method: 'page' }`.
 */
export interface RenderOptions {
  /**
   * Name of the method that renders; `false` adds none, where pages are rendered by an environment
   * that `installCache` was called with.
   * @defaultValue `'view'` on replies of Fastify, `'render'` on responses of Express
   */
  readonly method?: string | false | undefined
}

/** Options of the plugin and of the middleware, beside those of the cache itself. */
export interface WebOptions extends Omit<FragmentCacheOptions, 'store'>, SendingOptions {
  /**
   * Where entries are stored.
   * @defaultValue a `memoryStore()` of its own
   */
  store?: Store | undefined
  /**
   * Copies of the store's entries in the memory of this process, so that a page whose fragments are
   * all there costs no round trip. Needs a `store` that processes share. A size is its `maxBytes`.
   * @defaultValue none
   */
  memory?: ByteSize | MemoryOptions | undefined
  /**
   * A cache of your own, in place of `store`, `engine` and all other options of a cache. It is not
   * closed with the app.
   * @defaultValue none: one is made of the other options
   */
  cache?: FragmentCache | undefined
  /**
   * How templates are rendered; a string or `false` is its `method`.
   * @defaultValue `'view'` on replies of Fastify, `'render'` on responses of Express
   */
  render?: string | false | RenderOptions | undefined
  /**
   * Sends the headers `X-Onetrip` and `Server-Timing`, which say what a page cost: numbers, no
   * keys.
   * @defaultValue true; in production (`NODE_ENV`) false
   */
  debug?: boolean | undefined
  /**
   * Counts hits, misses, time saved and more: see `metrics()` of `onetrip/metrics`. The numbers are
   * `app.metrics` of Fastify, `metrics` of the middleware. `true` counts in this process alone.
   * @defaultValue `false`: nothing is measured
   */
  metrics?: boolean | MetricsOptions | undefined
  /**
   * The live page, which shows the numbers of `metrics` (`true` if that is not given), entries and
   * pages. `true`: at `/_onetrip`, for requests from nearby, and in production for nobody.
   * @defaultValue `false`
   */
  dashboard?: boolean | DashboardOptions | undefined
  /**
   * Answers `?onetrip=overlay`, which shows each fragment on the page itself, and
   * `?onetrip=explain`, which answers with JSON: `false` for no request, or who may see it.
   * @defaultValue true: requests of this machine and its network; in production nothing without
   * `authorize`
   */
  overlay?: boolean | OverlayOptions | undefined
  /**
   * Which responses' misses are stored.
   * @defaultValue those of {@link StoreWhenOptions}
   */
  storeWhen?: StoreWhenOptions | undefined
  /**
   * Serves defined fragments alone, by signed URLs, for servers in front that include them: SSI of
   * nginx, ESI of Varnish.
   * @defaultValue none: no path is served
   */
  fragmentsEndpoint?: FragmentUrls | FragmentUrlsOptions | undefined
}

/** The options of the web layer, complete. */
export interface WebConfig extends StoreWhen {
  readonly cache: FragmentCache
  /** True for a cache that was made here: it is closed with the app. */
  readonly owned: boolean
  /** Name of the method that renders. */
  readonly method: string | false
  readonly debug: boolean
  /** Undefined unless the option `metrics` asks for it. */
  readonly metrics: Metrics | undefined
  /** Undefined unless the option `dashboard` asks for it. */
  readonly dashboard: MountedDashboard | undefined
  /** Undefined: no request may see what its page does. */
  readonly inspections: Inspections | undefined
  /** Returns the pattern of the route that serves a request of the framework. */
  readonly routeOf: (request: unknown) => string | undefined
  /** Undefined: pages are sent as they are. */
  readonly sender: PageSender | undefined
  /** Undefined: fragments are not served alone. */
  readonly urls: FragmentUrls | undefined
}

/** Options of the engine and of a store, and names that other packages have for them. */
const ELSEWHERE: Hints = {
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
  propertyName: 'render',
  'dashboard.redis': 'it belongs to the numbers: pass metrics: { redis }.',
  'dashboard.prefix': 'it belongs to the numbers: pass metrics: { prefix }.',
}

/** All names of {@link WebOptions} beside those of the cache. */
export const WEB_OPTIONS = [
  ...(['memory', 'cache', 'render', 'debug', 'metrics', 'dashboard', 'overlay', 'storeWhen'] as const),
  ...SENDING_OPTIONS,
  'fragmentsEndpoint',
] as const

/** Names of the members of each group; `render` has more with a framework. */
export const WEB_OPTION_GROUPS = {
  memory: MEMORY_MEMBERS,
  metrics: METRICS_MEMBERS,
  dashboard: DASHBOARD_MEMBERS,
  render: ['method'] satisfies (keyof RenderOptions)[],
  overlay: OVERLAY_MEMBERS,
  storeWhen: ['methods', 'status'] satisfies (keyof StoreWhenOptions)[],
  ...SENDING_GROUPS,
} as const

/** Differences between the frameworks. */
export interface Framework {
  /** Name of the method that renders, where the options give none. */
  readonly method: string
  /** Members of `render`, beside `method`. */
  readonly renderMembers: readonly string[]
  /** Value of `render`, for messages. */
  readonly example: string
  /** Hints for names of other frameworks. */
  readonly hints?: Hints
  /** Returns the pattern of the route that serves a request; undefined if none does. */
  readonly routeOf: (request: unknown) => string | undefined
}

/**
 * Checks all options, and makes the cache unless one is passed.
 * @throws OptionError, and what `new FragmentCache` throws
 */
export function resolveWebOptions(options: WebOptions, framework: Framework): WebConfig {
  refuseUnknown(options, framework)
  const { debug = process.env.NODE_ENV !== 'production' } = options
  const shown = dashboardOf(options.dashboard)
  if (shown && options.metrics === false)
    throw new OptionError('The option dashboard shows the numbers of the option metrics, which is false.')
  const overlay = readOverlay(options.overlay)
  const method = readMethod(options.render, framework)
  const web = {
    method,
    debug: readBoolean('debug', debug),
    routeOf: framework.routeOf,
    inspections: overlay && new Inspections(overlay),
    ...readStoreWhen(options.storeWhen),
    sender: readSending(options, method),
    urls: readFragmentUrls(options.fragmentsEndpoint),
  }
  if (options.cache !== undefined) return completed(web, readCache(options), false, options, shown)
  if (options.engine === undefined && web.method !== false) {
    throw new OptionError(
      `The option engine is missing: ${web.method}() has nothing to render with. ` +
        'Pass an engine such as nunjucksEngine({ root }); or render: false, if pages are rendered by an ' +
        'environment that installCache() was called with.',
    )
  }
  return completed(web, new FragmentCache(cacheOptions(options)), true, options, shown)
}

function completed(
  web: Omit<WebConfig, 'cache' | 'owned' | 'metrics' | 'dashboard'>,
  cache: FragmentCache,
  owned: boolean,
  { metrics, prefix, purge }: WebOptions,
  shown: DashboardConfig | undefined,
): WebConfig {
  // Where `installCache` renders, pages are found by AsyncLocalStorage, from the first request on.
  if (web.method === false) cache.trackPages()
  if (purge !== undefined) purgeInvalidated(cache, purge)
  const numbers = metricsOf(metrics === undefined ? shown !== undefined : metrics, cache, prefix)
  const dashboard = shown && numbers && new MountedDashboard(shown, cache, numbers, metrics)
  return { ...web, cache, owned, metrics: numbers, dashboard }
}

function refuseUnknown(options: WebOptions, { renderMembers, hints }: Framework): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new OptionError(
      `The options must be an object such as { engine, store, ttl: '5m' }, not ${show(options)}.`,
    )
  }
  refuseUnknownNames('onetrip', options, {
    names: [...FRAGMENT_CACHE_OPTIONS, ...WEB_OPTIONS],
    groups: {
      ...CACHE_OPTION_GROUPS,
      ...WEB_OPTION_GROUPS,
      render: [...WEB_OPTION_GROUPS.render, ...renderMembers],
    },
    hints: { ...ELSEWHERE, ...SENDING_HINTS, ...hints },
  })
}

function cacheOptions(options: WebOptions): FragmentCacheOptions {
  const rest: Record<string, unknown> = { ...options, store: storeOf(options) }
  for (const name of WEB_OPTIONS) delete rest[name]
  return rest as unknown as FragmentCacheOptions
}

function readCache(options: WebOptions): FragmentCache {
  const { cache } = options
  if (!(cache instanceof FragmentCache)) return refuseOption('cache', 'a FragmentCache', cache)
  const beside = [...FRAGMENT_CACHE_OPTIONS, 'memory'].filter((name) => options[name as 'ttl'] !== undefined)
  if (beside.length === 0) return cache
  throw new OptionError(
    `The option cache is a cache with options of its own: pass ${beside.join(', ')} to new FragmentCache.`,
  )
}

function readMethod(value: unknown, { method, example }: Framework): string | false {
  const group =
    typeof value === 'string' || value === false
      ? { method: value }
      : readGroup<RenderOptions>(
          'render',
          value,
          `the name of a method, false, or an object such as ${example}`,
        )
  const name: unknown = group.method === undefined ? method : group.method
  if (name === false || (typeof name === 'string' && name !== '')) return name
  return refuseOption('render.method', 'the name of a method, or false', name)
}

/** Closes what was made of the options. */
export async function closeWeb({ owned, cache, metrics }: WebConfig): Promise<void> {
  if (owned) await cache.close()
  // After what the cache has written last.
  await metrics?.close()
}
