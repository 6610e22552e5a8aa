import { type Meter, metrics } from '@opentelemetry/api'
import { OptionError, RegisteredError } from '../../errors.ts'
import { refuseOption } from '../../options/read-option.ts'
import { isPlainObject, show } from '../../options/show.ts'
import { refuseUnknownOptions } from '../../options/unknown-option.ts'
import type { Metrics } from '../metrics.ts'
import { observeFamilies } from './observe-families.ts'
import { type OpenTelemetryExport, openExport } from './open-export.ts'

/** Options of {@link openTelemetryMetrics}. */
export interface OpenTelemetryMetricsOptions {
  /**
   * The meter that gets the metrics.
   * @defaultValue the meter `onetrip` of the registered meter provider
   */
  readonly meter?: Meter | undefined
  /**
   * Begin of the names of all metrics: a letter, then letters, digits, `_`, `.`, `-` and `/`.
   * @defaultValue `'onetrip.'`
   */
  readonly prefix?: string | undefined
}

const OPTIONS = ['meter', 'prefix'] as const satisfies readonly (keyof OpenTelemetryMetricsOptions)[]

/** The SDK refuses names of more than 255 characters. */
const PREFIX = /^[a-zA-Z][a-zA-Z0-9_./-]{0,99}$/

/** Prefixes in use: the values of two caches under one name would replace each other. */
const taken = new WeakMap<Meter, Set<string>>()

/**
 * Hands the numbers of a cache to OpenTelemetry, as observable counters and gauges. They are read
 * when a reader of the SDK collects, all of one collection from one snapshot, and cost nothing
 * until then. Call it after the SDK has registered its meter provider: the meter of a process
 * without one drops everything, for good.
 *
 * @example
 * ```ts
 * const exported = openTelemetryMetrics(app.metrics)
 * app.addHook('onClose', async () => exported.close())
 * ```
 * @param numbers what `metrics(cache)` returned, or `app.metrics`
 * @throws OptionError; RegisteredError if the meter has numbers under this prefix already
 */
export function openTelemetryMetrics(
  numbers: Pick<Metrics, 'snapshot'> | undefined,
  options: OpenTelemetryMetricsOptions = {},
): OpenTelemetryExport {
  if (typeof numbers?.snapshot !== 'function')
    throw new OptionError(
      `openTelemetryMetrics() must be given metrics(cache), or app.metrics with the option metrics: true, not ${show(numbers)}.`,
    )
  if (!isPlainObject(options))
    throw new OptionError(
      `The options of openTelemetryMetrics() must be an object such as { meter }, not ${show(options)}.`,
    )
  refuseUnknownOptions('openTelemetryMetrics()', options, OPTIONS)
  const prefix = readPrefix(options.prefix)
  const meter = readMeter(options.meter as Meter | undefined)
  const prefixes = taken.get(meter) ?? new Set()
  if (prefixes.has(prefix))
    throw new RegisteredError(
      `The meter already has numbers under ${show(prefix)}: call openTelemetryMetrics() once for each cache. ` +
        `For a second cache, pass another prefix such as { prefix: '${prefix}second.' }.`,
    )
  const stop = observeFamilies(meter, prefix, () => numbers.snapshot())
  taken.set(meter, prefixes.add(prefix))
  return openExport(() => {
    prefixes.delete(prefix)
    stop()
  })
}

function readPrefix(prefix: unknown = 'onetrip.'): string {
  if (typeof prefix === 'string' && PREFIX.test(prefix)) return prefix
  return refuseOption('prefix', "letters, digits, _, ., - and / such as 'onetrip.'", prefix)
}

function readMeter(meter: Meter = metrics.getMeter('onetrip')): Meter {
  if (typeof meter?.addBatchObservableCallback === 'function') return meter
  return refuseOption('meter', 'a Meter of @opentelemetry/api', meter)
}
