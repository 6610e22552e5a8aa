import {
  register as defaultRegister,
  type Metric,
  type OpenMetricsContentType,
  type PrometheusContentType,
  type Registry,
} from 'prom-client'
import { OptionError, RegisteredError } from '../../errors.ts'
import { refuseOption } from '../../options/read-option.ts'
import { isPlainObject, show } from '../../options/show.ts'
import { refuseUnknownOptions } from '../../options/unknown-option.ts'
import { FAMILIES } from '../families/families.ts'
import type { Metrics } from '../metrics.ts'
import { FamilyMetric, metricName } from './family-metric.ts'
import { oncePerTurn } from './once-per-turn.ts'

/** A registry of prom-client, of either format. */
export type AnyRegistry = Registry<PrometheusContentType> | Registry<OpenMetricsContentType>

/** Options of {@link prometheus}. */
export interface PrometheusOptions<T extends AnyRegistry = Registry> {
  /**
   * The registry of prom-client that gets the metrics.
   * @defaultValue the default registry of prom-client
   */
  readonly register?: T | undefined
  /**
   * Begin of the names of all metrics: letters, digits and `_`.
   * @defaultValue `'onetrip_'`
   */
  readonly prefix?: string | undefined
}

const OPTIONS = ['register', 'prefix'] as const satisfies readonly (keyof PrometheusOptions)[]

/**
 * Adds the numbers of a cache to a registry of prom-client. They are read when the registry is
 * asked for its metrics, and cost nothing until then. After `numbers.close()` they do not change.
 *
 * @example
 * ```ts
 * const register = prometheus(app.metrics)
 * app.get('/metrics', async (request, reply) => {
 *   reply.type(register.contentType)
 *   return register.metrics()
 * })
 * ```
 * @param numbers what `metrics(cache)` returned, or `app.metrics`
 * @returns the registry
 * @throws OptionError; RegisteredError if the registry has metrics of these names already
 */
export function prometheus<T extends AnyRegistry = Registry>(
  numbers: Pick<Metrics, 'snapshot'> | undefined,
  options: PrometheusOptions<T> = {},
): T {
  if (typeof numbers?.snapshot !== 'function')
    throw new OptionError(
      `prometheus() must be given metrics(cache), or app.metrics with the option metrics: true, not ${show(numbers)}.`,
    )
  if (!isPlainObject(options))
    throw new OptionError(
      `The options of prometheus() must be an object such as { register }, not ${show(options)}.`,
    )
  refuseUnknownOptions('prometheus()', options, OPTIONS, { registry: 'register', registers: 'register' })
  const prefix = readPrefix(options.prefix)
  const register = readRegister(options.register as AnyRegistry | undefined)
  // All or none: a registry with half of them would refuse a second attempt.
  for (const family of FAMILIES) refuseTaken(register, metricName(family, prefix), prefix)
  const snapshot = oncePerTurn(() => numbers.snapshot())
  for (const family of FAMILIES) {
    // The registry uses nothing else of a metric than what this class has.
    const metric: unknown = new FamilyMetric(family, prefix, snapshot)
    register.registerMetric(metric as Metric<string>)
  }
  return register as T
}

function readPrefix(prefix: unknown = 'onetrip_'): string {
  if (typeof prefix === 'string' && /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(prefix)) return prefix
  return refuseOption('prefix', "letters, digits and _ such as 'onetrip_'", prefix)
}

function readRegister(register: AnyRegistry = defaultRegister): AnyRegistry {
  if (typeof register?.registerMetric === 'function' && typeof register.getSingleMetric === 'function')
    return register
  return refuseOption('register', 'a Registry of prom-client', register)
}

function refuseTaken(register: AnyRegistry, name: string, prefix: string): void {
  if (register.getSingleMetric(name) === undefined) return
  throw new RegisteredError(
    `The registry already has a metric ${name}: call prometheus() once for each cache. For a second cache, ` +
      `pass another registry, or another prefix such as { prefix: '${prefix}second_' }.`,
  )
}
