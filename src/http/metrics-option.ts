import type { FastifyInstance } from 'fastify'
import type { FragmentCache } from '../core/fragment-cache.ts'
import { RegisteredError } from '../errors.ts'
import { type Metrics, metrics } from '../metrics/metrics.ts'
import { METRICS_OPTIONS, type MetricsOptions, resolveMetricsOptions } from '../metrics/metrics-options.ts'
import { refuseOption } from '../options/read-option.ts'
import { isPlainObject } from '../options/show.ts'

export const METRICS_MEMBERS = METRICS_OPTIONS

/**
 * Returns the numbers of a cache, where the option asks for them.
 * @param prefix that of the cache
 * @throws OptionError, DurationError
 */
export function metricsOf(option: unknown, cache: FragmentCache, prefix = 'onetrip'): Metrics | undefined {
  if (option === undefined || option === false) return undefined
  if (option === true) return metrics(cache, { prefix })
  if (!isPlainObject(option)) return refuseOption('metrics', 'true, or an object such as { redis }', option)
  const options = { prefix, ...(option as MetricsOptions) }
  resolveMetricsOptions(options, 'metrics.') // For messages with the name that the option has here.
  return metrics(cache, options)
}

/** Makes the numbers `app.metrics`. @throws RegisteredError */
export function decorateMetrics(app: FastifyInstance, metrics: Metrics): void {
  if (app.hasDecorator('metrics')) {
    throw new RegisteredError(
      'The option metrics needs the name app.metrics, which another plugin has taken: call metrics(app.fragments) of ' +
        'onetrip/metrics in its place.',
    )
  }
  app.decorate('metrics', metrics)
}
