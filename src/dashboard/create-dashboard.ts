import type { FragmentCache } from '../core/fragment-cache.ts'
import { OptionError } from '../errors.ts'
import type { MetricsReader } from '../metrics/metrics-reader.ts'
import type { MetricsRedis } from '../metrics/metrics-redis.ts'
import { isPlainObject, show } from '../options/show.ts'
import { Dashboard } from './dashboard.ts'
import { Findings } from './findings.ts'
import { NginxSource } from './nginx-source.ts'
import { type DashboardOptions, readDashboard } from './options.ts'
import { type Report, warn } from './report.ts'

/** In production one page in so many is traced; otherwise each. */
const TRACED_IN_PRODUCTION = 100

/** Options of {@link createDashboard}, beside those of the option `dashboard`. */
export interface CreateDashboardOptions extends DashboardOptions {
  /**
   * Redis with the numbers of nginx, a client of ioredis or how to connect.
   * @defaultValue none: the page of nginx is left out
   */
  readonly nginxRedis?: MetricsRedis | undefined
  /**
   * Begin of the keys of the numbers of nginx.
   * @defaultValue `'onetrip'`
   */
  readonly nginxPrefix?: string | undefined
  /**
   * Is given what went wrong. Visitors are told nothing.
   * @defaultValue a warning of the process
   */
  readonly report?: Report | undefined
}

/**
 * Creates the live page for a server of your own. The plugin and the middleware do so by their
 * option `dashboard`.
 *
 * @example
 * const dashboard = createDashboard(cache, numbers, { authorize: (request) => isAdmin(request) })
 * createServer(async (message, response) => {
 *   const { pathname, searchParams: query } = new URL(message.url, 'http://localhost')
 *   const path = pathname.slice(dashboard.path.length)
 *   const exchange = { request: message, message, response, path, query, secure: true }
 *   if (pathname.startsWith(dashboard.path) && (await dashboard.serve(exchange))) return
 *   response.writeHead(404).end()
 * })
 * @throws OptionError
 */
export function createDashboard(
  cache: FragmentCache,
  numbers: MetricsReader,
  options: CreateDashboardOptions = {},
): Dashboard {
  refuseOther(options)
  const { nginxRedis, nginxPrefix = 'onetrip', report = warn, ...own } = options
  const config = readDashboard(own) as NonNullable<ReturnType<typeof readDashboard>>
  const findings = new Findings(Date.now)
  const unobserve = cache.observe({ event: (event) => findings.note(event) })
  const every = process.env.NODE_ENV === 'production' ? TRACED_IN_PRODUCTION : 1
  const traces = cache.sampleTraces({ every })
  const nginx = nginxRedis === undefined ? undefined : new NginxSource(nginxRedis, nginxPrefix)
  const sources = { cache, numbers, queues: config.queues, findings, traces, nginx, now: Date.now }
  return new Dashboard(config, sources, report, async () => {
    unobserve()
    traces.close()
    await nginx?.close()
  })
}

function refuseOther(options: unknown): void {
  if (isPlainObject(options)) return
  throw new OptionError(`The options of createDashboard() must be an object, not ${show(options)}.`)
}
