import { ProxyTracerProvider, type Tracer, trace } from '@opentelemetry/api'
import type { FragmentCache } from '../../core/fragment-cache.ts'
import { OptionError, RegisteredError } from '../../errors.ts'
import { refuseOption } from '../../options/read-option.ts'
import { isPlainObject, show } from '../../options/show.ts'
import { refuseUnknownOptions } from '../../options/unknown-option.ts'
import { type OpenTelemetryExport, openExport } from './open-export.ts'
import { PageSpans } from './page-spans.ts'

/** Options of {@link openTelemetrySpans}. */
export interface OpenTelemetrySpansOptions {
  /**
   * The tracer that makes the spans.
   * @defaultValue the tracer `onetrip` of the registered tracer provider
   */
  readonly tracer?: Tracer | undefined
}

const OPTIONS = ['tracer'] as const satisfies readonly (keyof OpenTelemetrySpansOptions)[]

/** Name of the tracer. */
const NAME = 'onetrip'

/** Caches whose pages have spans. */
const open = new WeakSet<FragmentCache>()

/**
 * Makes a span of each page of a cache when it is over, and a span of each of its steps. The parent
 * of a page is the span that is active when the page begins, such as that of its request. The
 * tracer's sampler decides about each page; of one that is not recorded no steps are made.
 *
 * Call it after the SDK has registered its tracer provider: without one, and without `tracer`, it
 * does nothing. It subscribes to the channels `onetrip:page:start` and `onetrip:page:end`, which
 * belong to the process: until `close()`, each page of each cache of the process is traced, even if
 * the sampler does not record it. A trace holds the times of the page's steps and the outcome of
 * its fragments, until the page is over.
 *
 * @example
 * ```ts
 * const exported = openTelemetrySpans(app.fragments)
 * app.addHook('onClose', async () => exported.close())
 * ```
 * @throws OptionError; RegisteredError if the pages of this cache have spans already
 */
export function openTelemetrySpans(
  cache: FragmentCache,
  options: OpenTelemetrySpansOptions = {},
): OpenTelemetryExport {
  if (typeof cache?.sampleTraces !== 'function')
    throw new OptionError(
      `openTelemetrySpans() must be given a cache such as app.fragments, not ${show(cache)}.`,
    )
  if (!isPlainObject(options))
    throw new OptionError(
      `The options of openTelemetrySpans() must be an object such as { tracer }, not ${show(options)}.`,
    )
  refuseUnknownOptions('openTelemetrySpans()', options, OPTIONS)
  const tracer = options.tracer === undefined ? registeredTracer() : readTracer(options.tracer as Tracer)
  if (open.has(cache))
    throw new RegisteredError(
      'The pages of this cache have spans already: call close() of what openTelemetrySpans() returned first.',
    )
  // Spans would be dropped after each page was traced for them.
  if (tracer === undefined) return openExport(() => {})
  const spans = new PageSpans(cache, tracer)
  open.add(cache)
  return openExport(() => {
    open.delete(cache)
    spans.close()
  })
}

/** Returns undefined while no tracer provider is registered. */
function registeredTracer(): Tracer | undefined {
  const provider = trace.getTracerProvider()
  return provider instanceof ProxyTracerProvider ? provider.getDelegateTracer(NAME) : provider.getTracer(NAME)
}

function readTracer(tracer: Tracer): Tracer {
  if (typeof tracer?.startSpan === 'function') return tracer
  return refuseOption('tracer', 'a Tracer of @opentelemetry/api', tracer)
}
