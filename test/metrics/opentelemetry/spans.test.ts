import { channel } from 'node:diagnostics_channel'
import { context, diag, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BasicTracerProvider,
  InMemorySpanExporter,
  ParentBasedSampler,
  type ReadableSpan,
  type Sampler,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import { OptionError, type PageTrace, RegisteredError } from 'onetrip'
import { type OpenTelemetryExport, openTelemetrySpans } from 'onetrip/metrics/opentelemetry'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { cacheOf, type Site } from '../../helpers/templates.ts'
import { TestClock } from '../../helpers/test-clock.ts'

const PAGE = '{% cache "a", film %}{{ film }}{% endcache %}'

const exporter = new InMemorySpanExporter()
const opened: OpenTelemetryExport[] = []

function providerOf(sampler: Sampler = new AlwaysOnSampler()): BasicTracerProvider {
  return new BasicTracerProvider({ sampler, spanProcessors: [new SimpleSpanProcessor(exporter)] })
}

function opens(...args: Parameters<typeof openTelemetrySpans>): OpenTelemetryExport {
  const one = openTelemetrySpans(...args)
  opened.push(one)
  return one
}

/** The span of a page, and those of its steps. */
function finished(): { pages: ReadableSpan[]; steps: ReadableSpan[] } {
  const spans = exporter.getFinishedSpans()
  const isPage = ({ attributes }: ReadableSpan) => 'onetrip.template' in attributes
  return { pages: spans.filter(isPage), steps: spans.filter((span) => !isPage(span)) }
}

const isTraced = () => channel('onetrip:page:start').hasSubscribers

beforeEach(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
})
afterEach(() => {
  for (const one of opened.splice(0)) one.close()
  exporter.reset()
  trace.disable()
  context.disable()
  diag.disable()
})

describe('with a registered provider', () => {
  let site: Site
  beforeEach(() => {
    trace.setGlobalTracerProvider(providerOf(new ParentBasedSampler({ root: new AlwaysOnSampler() })))
    site = cacheOf(PAGE)
  })

  test('a page has a span, with its steps inside it', async () => {
    opens(site.cache)
    for (let time = 0; time < 2; time++) await site.html({ film: 'alien' })
    const { pages, steps } = finished()
    expect(pages.map(({ name }) => name)).toEqual(['onetrip page', 'onetrip page'])
    expect(pages.map(({ attributes }) => attributes)).toEqual([
      {
        'onetrip.template': 'page',
        ...{ 'onetrip.hits': 0, 'onetrip.stale': 0, 'onetrip.misses': 1 },
        ...{ 'onetrip.trips': 1, 'onetrip.runs': 1 },
      },
      expect.objectContaining({ 'onetrip.hits': 1, 'onetrip.misses': 0 }),
    ])
    const [cold] = pages
    const inside = steps.filter((step) => step.parentSpanContext?.spanId === cold?.spanContext().spanId)
    expect(inside.map(({ name }) => name)).toEqual(
      ['declare', 'fetch', 'render', 'assemble', 'send', 'write back'].map((kind) => `onetrip ${kind}`),
    )
    expect(inside.find(({ name }) => name === 'onetrip render')?.attributes['onetrip.name']).toContain('"a"')
    expect(cold?.parentSpanContext).toBeUndefined()
    for (const { attributes } of [...pages, ...steps])
      expect(JSON.stringify(attributes)).not.toContain('alien')
  })

  test('the parent of a page is the span that is active when it begins', async () => {
    opens(site.cache)
    const tracer = trace.getTracer('a site')
    const requests = await Promise.all(
      ['alien', 'brazil'].map((film) =>
        tracer.startActiveSpan(film, async (request) => {
          await site.html({ film })
          request.end()
          return request.spanContext()
        }),
      ),
    )
    const { pages } = finished()
    const parents = pages.map(({ parentSpanContext }) => parentSpanContext?.spanId)
    expect(parents.sort()).toEqual(requests.map(({ spanId }) => spanId).sort())
    expect(new Set(pages.map((page) => page.spanContext().traceId))).toEqual(
      new Set(requests.map(({ traceId }) => traceId)),
    )
  })

  test('a page of a request that is not sampled has no spans', async () => {
    opens(site.cache)
    const request = { traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: 0 }
    await context.with(trace.setSpanContext(context.active(), request), () => site.html({ film: 'alien' }))
    expect(exporter.getFinishedSpans()).toEqual([])
    await site.html({ film: 'alien' })
    expect(finished().pages).toHaveLength(1)
  })

  test('pages of other caches have no spans', async () => {
    opens(site.cache)
    await cacheOf(PAGE).html({ film: 'alien' })
    expect(exporter.getFinishedSpans()).toEqual([])
  })

  test('after close() no page is traced for it, and the cache may be handed over again', async () => {
    const first = opens(site.cache)
    expect(isTraced()).toBe(true)
    expect(() => openTelemetrySpans(site.cache)).toThrow(RegisteredError)
    first.close()
    expect(isTraced()).toBe(false)
    await site.html({ film: 'alien' })
    expect(exporter.getFinishedSpans()).toEqual([])
    opens(site.cache)
    first.close()
    await site.html({ film: 'alien' })
    expect(finished().pages).toHaveLength(1)
  })

  test('a page that was under way at the call has no spans', async () => {
    const sampler = site.cache.sampleTraces({ every: 1 })
    const page = site.cache.open()
    opens(site.cache)
    await page.render('page', { film: 'alien' })
    await page.writeBack()
    await site.cache.settled()
    expect(sampler.recent).toHaveLength(1)
    expect(exporter.getFinishedSpans()).toEqual([])
    sampler.close()
  })
})

test('without a provider nothing is traced', () => {
  const { cache } = cacheOf(PAGE)
  opens(cache)
  expect(isTraced()).toBe(false)
  opens(cache, { tracer: providerOf().getTracer('own') })
  expect(isTraced()).toBe(true)
})

test('a sampler that drops a page is told its template, and asked for no step', async () => {
  const sampler = new AlwaysOffSampler()
  const shouldSample = vi.spyOn(sampler, 'shouldSample' as never) as unknown as ReturnType<typeof vi.fn>
  const { cache, html } = cacheOf(PAGE)
  opens(cache, { tracer: providerOf(sampler).getTracer('own') })
  await html({ film: 'alien' })
  expect(shouldSample).toHaveBeenCalledTimes(1)
  expect(shouldSample.mock.calls[0]?.slice(2, 5)).toEqual([
    'onetrip page',
    expect.anything(),
    { 'onetrip.template': 'page' },
  ])
  expect(exporter.getFinishedSpans()).toEqual([])
})

test('times are those of the trace, since 1970', async () => {
  const clock = new TestClock()
  clock.advance(1_234.5)
  const { cache, html } = cacheOf(PAGE, {}, clock)
  const sampler = cache.sampleTraces({ every: 1 })
  opens(cache, { tracer: providerOf().getTracer('own') })
  await html({ film: 'alien' })
  const [own] = sampler.recent as [PageTrace]
  const { pages, steps } = finished()
  const seconds = Date.UTC(2026, 0) / 1000 + 1
  expect(pages[0]?.startTime).toEqual([seconds, 234_000_000])
  expect(pages[0]?.endTime).toEqual([seconds, 234_000_000])
  expect(steps).toHaveLength(own.spans.length)
  sampler.close()
})

test('times within a page keep their microseconds', async () => {
  const { cache } = cacheOf(PAGE)
  opens(cache, { tracer: providerOf().getTracer('own') })
  const step = { kind: 'render', name: 'a', start: 1_001.25, end: 1_999.75 }
  const own = {
    ...{ startedAt: Date.UTC(2026, 0) + 500, start: 1_000, end: 2_500.125, template: 'page' },
    ...{ trips: 1, runs: 1, fragments: [], spans: [step, { ...step, end: undefined }] },
  }
  const page = { cache }
  channel('onetrip:page:start').publish({ page, trace: own })
  channel('onetrip:page:end').publish({ page, trace: own })
  const { pages, steps } = finished()
  const seconds = Date.UTC(2026, 0) / 1000
  expect([pages[0]?.startTime, pages[0]?.endTime]).toEqual([
    [seconds, 500_000_000],
    [seconds + 2, 125_000],
  ])
  expect(steps.map(({ startTime, endTime }) => [startTime, endTime])).toEqual([
    [
      [seconds, 501_250_000],
      [seconds + 1, 499_750_000],
    ],
    // A step that did not end is as long as its page.
    [
      [seconds, 501_250_000],
      [seconds + 2, 125_000],
    ],
  ])
})

test('a tracer that throws fails no page', async () => {
  const error = vi.fn()
  const rest = { warn: vi.fn(), info: vi.fn(), debug: vi.fn(), verbose: vi.fn() }
  diag.setLogger({ error, ...rest })
  const failure = new Error('no span')
  const tracer = {
    startSpan: () => {
      throw failure
    },
    startActiveSpan: () => {
      throw failure
    },
  }
  const { cache, html } = cacheOf(PAGE)
  opens(cache, { tracer })
  expect(await html({ film: 'alien' })).toBe('alien')
  expect(error).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('spans of a page'), failure)
})

test('what is not a cache, a tracer or an option is refused', () => {
  const { cache } = cacheOf(PAGE)
  const call = openTelemetrySpans as (...args: unknown[]) => unknown
  for (const args of [[], [{}], [cache, null], [cache, { tracer: {} }], [cache, { tracer: null }]])
    expect(() => call(...args)).toThrow(OptionError)
  expect(() => call(cache, { trace: 1 })).toThrow(/tracer/)
  expect(isTraced()).toBe(false)
})
