import { metrics as metricsApi } from '@opentelemetry/api'
import {
  AggregationTemporality,
  DataPointType,
  MeterProvider,
  MetricReader,
} from '@opentelemetry/sdk-metrics'
import { OptionError, RegisteredError } from 'onetrip'
import { emptyFragment, emptySnapshot, fragmentLabel, metrics, type Snapshot } from 'onetrip/metrics'
import { type OpenTelemetryExport, openTelemetryMetrics } from 'onetrip/metrics/opentelemetry'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { FAMILIES } from '../../../src/metrics/families/families.ts'
import { cacheOf } from '../../helpers/templates.ts'

/** A reader that collects when it is asked, as one of Prometheus does. */
class PulledReader extends MetricReader {
  protected async onForceFlush(): Promise<void> {}
  protected async onShutdown(): Promise<void> {}
}

let reader: PulledReader
let provider: MeterProvider
const opened: OpenTelemetryExport[] = []

beforeEach(() => {
  reader = new PulledReader({ aggregationTemporalitySelector: () => AggregationTemporality.CUMULATIVE })
  provider = new MeterProvider({ readers: [reader] })
})
afterEach(async () => {
  for (const one of opened.splice(0)) one.close()
  metricsApi.disable()
  await provider.shutdown()
})

function opens(...args: Parameters<typeof openTelemetryMetrics>): OpenTelemetryExport {
  const one = openTelemetryMetrics(...args)
  opened.push(one)
  return one
}

async function collected() {
  const { resourceMetrics, errors } = await reader.collect()
  expect(errors).toEqual([])
  return resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics)
}

/** All values, by the name of their metric and their attributes. */
async function values(): Promise<Map<string, unknown>> {
  const all = (await collected()).flatMap(({ descriptor, dataPoints }) =>
    dataPoints.map(
      ({ attributes, value }) => [`${descriptor.name} ${JSON.stringify(attributes)}`, value] as const,
    ),
  )
  return new Map(all)
}

test('a reader gets what the cache counted, when it collects', async () => {
  metricsApi.setGlobalMeterProvider(provider)
  const { cache, html } = cacheOf('{% cache "a", film, tags=["t"] %}{{ film }}{% endcache %}')
  const numbers = metrics(cache)
  opens(numbers)
  expect((await values()).get('onetrip.pages {}')).toBe(0)
  for (const film of ['alien', 'alien', 'brazil']) await html({ film })
  await cache.invalidate('t')
  const shown = await values()
  const a = { fragment: 'a', template: 'page' }
  expect(shown.get('onetrip.pages {}')).toBe(3)
  expect(shown.get(`onetrip.fragment.hits ${JSON.stringify(a)}`)).toBe(1)
  expect(shown.get(`onetrip.fragment.misses ${JSON.stringify({ ...a, reason: 'absent' })}`)).toBe(2)
  expect(shown.get('onetrip.template.page.count {"template":"page"}')).toBe(3)
  expect(shown.get('onetrip.store.trips {"kind":"fetch"}')).toBe(3)
  expect(shown.get('onetrip.invalidations {"tag":"t"}')).toBe(1)
  expect(shown.get('onetrip.breaker.open {}')).toBe(0)
  const keys = [...shown.keys()].join('\n')
  for (const value of ['alien', 'brazil']) expect(keys).not.toContain(value)
  await numbers.close()
})

test('each family is a metric, with its type, unit and help', async () => {
  const snapshot = emptySnapshot()
  snapshot.fragments.set(fragmentLabel('a', 'page'), emptyFragment())
  opens({ snapshot: () => snapshot }, { meter: provider.getMeter('own') })
  const all = new Map((await collected()).map((one) => [one.descriptor.name, one]))
  const units = { seconds: 's', bytes: 'By' }
  // Of labels without values, such as reasons of misses, nothing is collected.
  const shown = FAMILIES.filter(({ name }) => name.startsWith('fragment_') && name !== 'fragment_misses')
  for (const { name, type, help, unit } of shown) {
    const base = `onetrip.${name.replace('_', '.')}`
    const names = type === 'histogram' ? ['bucket', 'count', 'sum'].map((end) => `${base}.${end}`) : [base]
    for (const one of names) expect(all.get(one)?.descriptor.description).toBe(help)
    expect(all.get(names.at(-1) ?? '')?.descriptor.unit).toBe(unit ? units[unit] : '')
  }
  const pages = all.get('onetrip.pages')
  expect(pages).toMatchObject({ dataPointType: DataPointType.SUM, isMonotonic: true })
  expect(all.get('onetrip.breaker.open')?.dataPointType).toBe(DataPointType.GAUGE)
})

test('a histogram has cumulative buckets, its exact sum, and its count', async () => {
  const snapshot = emptySnapshot()
  const fragment = emptyFragment()
  snapshot.fragments.set(fragmentLabel('a', 'page'), fragment)
  // us: below the first bound, in the next, at a bound, above the last one.
  for (const time of [50, 200, 700, 12_000_000]) fragment.render.record(time)
  opens({ snapshot: () => snapshot }, { meter: provider.getMeter('own') })
  const shown = await values()
  const of = (ending: string, more = {}) =>
    shown.get(
      `onetrip.fragment.render.${ending} ${JSON.stringify({ fragment: 'a', template: 'page', ...more })}`,
    )
  const buckets = ['0.0001', '0.00025', '0.0005', '0.001', '10', '+Inf'].map((le) => of('bucket', { le }))
  expect(buckets).toEqual([1, 2, 2, 3, 3, 4])
  expect(of('sum')).toBeCloseTo(12.00095, 9)
  expect(of('count')).toBe(4)
})

test('all metrics of one collection are of one snapshot, and none is read after close()', async () => {
  const snapshot = vi.fn<() => Snapshot>(emptySnapshot)
  const exported = opens({ snapshot }, { meter: provider.getMeter('own') })
  expect(snapshot).not.toHaveBeenCalled()
  await reader.collect()
  expect(snapshot).toHaveBeenCalledTimes(1)
  await reader.collect()
  expect(snapshot).toHaveBeenCalledTimes(2)
  exported.close()
  exported.close()
  await reader.collect()
  expect(snapshot).toHaveBeenCalledTimes(2)
})

test('a second cache needs another prefix, until the first is closed', async () => {
  const meter = provider.getMeter('own')
  const counted = (pages: number) => ({ snapshot: () => Object.assign(emptySnapshot(), { pages }) })
  const first = opens(counted(1), { meter })
  expect(() => openTelemetryMetrics(counted(2), { meter })).toThrow(RegisteredError)
  opens(counted(2), { meter, prefix: 'shop.' })
  const shown = await values()
  expect([shown.get('onetrip.pages {}'), shown.get('shop.pages {}')]).toEqual([1, 2])
  first.close()
  opens(counted(3), { meter })
  first.close()
  expect(() => openTelemetryMetrics(counted(4), { meter })).toThrow(RegisteredError)
  expect((await values()).get('onetrip.pages {}')).toBe(3)
})

test('without a provider the numbers are not read', () => {
  const snapshot = vi.fn(emptySnapshot)
  opens({ snapshot })
  expect(snapshot).not.toHaveBeenCalled()
})

test('what is no numbers, no meter, no prefix or no option is refused', () => {
  const numbers = { snapshot: emptySnapshot }
  const call = openTelemetryMetrics as (...args: unknown[]) => unknown
  for (const args of [
    ...[[], [{}], [numbers, null], [numbers, { meter: {} }], [numbers, { meter: null }]],
    ...['', '1.', 'ä.', ' ', 5, 'a'.repeat(101)].map((prefix) => [numbers, { prefix }]),
  ])
    expect(() => call(...args)).toThrow(OptionError)
  expect(() => call(numbers, { prefixes: 'a.' })).toThrow(/prefix/)
})
