import type { FragmentCache } from '../core/fragment-cache.ts'
import type { Dashboard } from '../dashboard/dashboard.ts'
import type { Exchange } from '../dashboard/exchange.ts'
import { type DashboardConfig, readDashboard } from '../dashboard/options.ts'
import { type Report, warn } from '../dashboard/report.ts'
import { messageOf, OptionError } from '../errors.ts'
import type { Metrics } from '../metrics/metrics.ts'
import type { MetricsOptions } from '../metrics/metrics-options.ts'
import { isPlainObject } from '../options/show.ts'

/**
 * Reads the option `dashboard`. In production, without `authorize`, there is none, and a warning
 * says so.
 * @throws OptionError
 */
export function dashboardOf(option: unknown): DashboardConfig | undefined {
  const config = readDashboard(option)
  if (!config || config.authorize || process.env.NODE_ENV !== 'production') return config
  process.emitWarning(
    'The option dashboard is ignored: with NODE_ENV=production it needs dashboard.authorize, a function of the request that ' +
      'returns true for those who may see it.',
    { type: 'OnetripWarning', code: 'ONETRIP_DASHBOARD' },
  )
  return undefined
}

/** The live page of one cache. It is loaded at once, and apart from all that pages need. */
export class MountedDashboard {
  readonly path: string
  /** Resolves when it is loaded. */
  readonly ready: Promise<Dashboard>
  /** Replaced where the framework has a log. */
  report: Report = warn

  /** @param shared the option `metrics`: nginx has its numbers in the same Redis */
  constructor(config: DashboardConfig, cache: FragmentCache, numbers: Metrics, shared: unknown) {
    this.path = config.path
    this.ready = this.#load(config, cache, numbers, isPlainObject(shared) ? shared : {})
    // Whoever serves it waits for it, and reports.
    this.ready.catch(() => {})
  }

  async #load(
    config: DashboardConfig,
    cache: FragmentCache,
    numbers: Metrics,
    { redis, prefix }: MetricsOptions,
  ): Promise<Dashboard> {
    const { createDashboard } = await import('../dashboard/index.ts').catch((error: unknown) => {
      throw new OptionError(`The option dashboard needs the package nunjucks: ${messageOf(error)}`, {
        cause: error,
      })
    })
    const report: Report = (message, error) => this.report(message, error)
    return createDashboard(cache, numbers, { ...config, nginxRedis: redis, nginxPrefix: prefix, report })
  }

  /** Answers a request. @returns false if it is none for the live page, or not allowed */
  async serve(exchange: Exchange): Promise<boolean> {
    try {
      return await (await this.ready).serve(exchange)
    } catch (error) {
      this.report('The dashboard failed.', error)
      return false
    }
  }

  async close(): Promise<void> {
    const dashboard = await this.ready.catch(() => undefined)
    await dashboard?.close()
  }
}
