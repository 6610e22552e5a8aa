import type { FragmentCache } from '../core/fragment-cache.ts'
import type { Dashboard } from '../dashboard/dashboard.ts'
import type { Exchange } from '../dashboard/exchange.ts'
import { type DashboardConfig, readDashboard } from '../dashboard/options.ts'
import { messageOf, OptionError } from '../errors.ts'
import type { Metrics } from '../metrics/metrics.ts'
import type { MetricsOptions } from '../metrics/metrics-options.ts'
import { isPlainObject } from '../options/show.ts'

/** Reports an error to the log of the site. */
export type Report = (message: string, error: unknown) => void

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

  /** Ends what it has begun, beside its pages. */
  readonly #ends: (() => unknown)[] = []

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
    { redis, prefix = 'onetrip' }: MetricsOptions,
  ): Promise<Dashboard> {
    const { Dashboard, Findings, NginxSource } = await import('../dashboard/index.ts').catch(
      (error: unknown) => {
        throw new OptionError(`The option dashboard needs the package nunjucks: ${messageOf(error)}`, {
          cause: error,
        })
      },
    )
    const findings = new Findings(Date.now)
    const unobserve = cache.observe({ event: (event) => findings.note(event) })
    const traces = cache.sampleTraces(process.env.NODE_ENV === 'production' ? { every: 100 } : { every: 1 })
    const nginx = redis === undefined ? undefined : new NginxSource(redis, prefix)
    this.#ends.push(
      unobserve,
      () => traces.close(),
      () => nginx?.close(),
    )
    const sources = { cache, numbers, queues: config.queues, findings, traces, nginx, now: Date.now }
    return new Dashboard(config, sources, (message, error) => this.report(message, error))
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
    for (const end of this.#ends.splice(0)) await end()
  }
}

function warn(message: string, error: unknown): void {
  const text = error === undefined ? message : `${message} ${messageOf(error)}`
  process.emitWarning(text, { type: 'OnetripWarning', code: 'ONETRIP_DASHBOARD' })
}
