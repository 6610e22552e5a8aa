import { OptionError, RegisteredError } from 'onetrip'
import { emptyFragment, emptySnapshot, fragmentLabel, metrics, type Snapshot } from 'onetrip/metrics'
import { prometheus } from 'onetrip/metrics/prometheus'
import { register as defaultRegister, type OpenMetricsContentType, Registry } from 'prom-client'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { cacheOf } from '../../helpers/templates.ts'

/** Returns the lines of a registry that are values, by their names with labels. */
async function valuesOf(register: Registry): Promise<Map<string, number>> {
  const lines = (await register.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  )
}

/** Returns what a registry shows of one snapshot. */
function shown(snapshot: Snapshot): Promise<Map<string, number>> {
  return valuesOf(prometheus({ snapshot: () => snapshot }, { register: new Registry() }))
}

afterEach(() => defaultRegister.clear())

test('a registry has what the cache counted, when it is asked', async () => {
  const { cache, html } = cacheOf('{% cache "a", film, tags=["t"] %}{{ film }}{% endcache %}')
  const numbers = metrics(cache)
  const register = prometheus(numbers, { register: new Registry() })
  expect((await valuesOf(register)).get('onetrip_pages_total')).toBe(0)
  for (const film of ['alien', 'alien', 'brazil']) await html({ film })
  await cache.invalidate('t')
  const values = await valuesOf(register)
  expect(values.get('onetrip_pages_total')).toBe(3)
  expect(values.get('onetrip_fragment_hits_total{fragment="a",template="page"}')).toBe(1)
  expect(values.get('onetrip_fragment_misses_total{fragment="a",template="page",reason="absent"}')).toBe(2)
  expect(values.get('onetrip_template_page_seconds_count{template="page"}')).toBe(3)
  expect(values.get('onetrip_store_trips_total{kind="fetch"}')).toBe(3)
  expect(values.get('onetrip_invalidations_total{tag="t"}')).toBe(1)
  expect(values.get('onetrip_breaker_open')).toBe(0)
  const keys = [...values.keys()].join('\n')
  for (const value of ['alien', 'brazil']) expect(keys).not.toContain(value)
  await numbers.close()
  expect((await valuesOf(register)).get('onetrip_pages_total')).toBe(3)
})

test('all metrics of one answer are of one snapshot', async () => {
  const snapshot = vi.fn(emptySnapshot)
  const register = prometheus({ snapshot }, { register: new Registry() })
  await register.metrics()
  expect(snapshot).toHaveBeenCalledTimes(1)
  await register.getMetricsAsJSON()
  expect(snapshot).toHaveBeenCalledTimes(2)
})

describe('a histogram', () => {
  test('has cumulative buckets, its exact sum, and its count', async () => {
    const snapshot = emptySnapshot()
    const fragment = emptyFragment()
    snapshot.fragments.set(fragmentLabel('a', 'page'), fragment)
    // us: below the first bound, in the next, at a bound, above the last one.
    for (const time of [50, 200, 700, 12_000_000]) fragment.render.record(time)
    const values = await shown(snapshot)
    const bucket = (le: string) =>
      values.get(`onetrip_fragment_render_seconds_bucket{fragment="a",template="page",le="${le}"}`)
    expect(['0.0001', '0.00025', '0.0005', '0.001', '10', '+Inf'].map(bucket)).toEqual([1, 2, 2, 3, 3, 4])
    const name = (ending: string) => `onetrip_fragment_render_seconds_${ending}{fragment="a",template="page"}`
    expect(values.get(name('sum'))).toBeCloseTo(12.00095, 9)
    expect(values.get(name('count'))).toBe(4)
  })

  test('counts no value below a bound that it exceeds', async () => {
    const snapshot = emptySnapshot()
    for (const time of [1_000, 1_001]) snapshot.trip.fetch.time.record(time)
    const values = await shown(snapshot)
    const bucket = (le: string) => values.get(`onetrip_store_trip_seconds_bucket{kind="fetch",le="${le}"}`)
    expect(bucket('0.0025')).toBe(2)
    expect(bucket('0.001')).toBe(0)
  })
})

test('names that templates make of data are escaped', async () => {
  const snapshot = emptySnapshot()
  snapshot.tags.set('a"b\n', { invalidations: 7 })
  expect((await shown(snapshot)).get('onetrip_invalidations_total{tag="a\\"b\\n"}')).toBe(7)
})

test('the format of OpenMetrics has each counter with _total once', async () => {
  const register = new Registry<OpenMetricsContentType>()
  register.setContentType(Registry.OPENMETRICS_CONTENT_TYPE)
  prometheus({ snapshot: emptySnapshot }, { register })
  for (let time = 0; time < 2; time++) {
    const text = await register.metrics()
    expect(text).toContain('# TYPE onetrip_pages counter\nonetrip_pages_total 0\n')
    expect(text).not.toContain('_total_total')
  }
})

test('workers of a cluster are added up', async () => {
  const snapshots = [emptySnapshot(), emptySnapshot()]
  for (const snapshot of snapshots) {
    snapshot.pages = 3
    snapshot.trip.fetch.time.record(200)
  }
  const { AggregatorRegistry } = await import('prom-client')
  const workers = await Promise.all(
    snapshots.map((one) =>
      prometheus({ snapshot: () => one }, { register: new Registry() }).getMetricsAsJSON(),
    ),
  )
  const sum = await valuesOf(AggregatorRegistry.aggregate(workers))
  expect(sum.get('onetrip_pages_total')).toBe(6)
  expect(sum.get('onetrip_store_trip_seconds_bucket{kind="fetch",le="0.00025"}')).toBe(2)
})

describe('prometheus()', () => {
  const numbers = { snapshot: emptySnapshot }

  test('fills the default registry, if it is given none', () => {
    expect(prometheus(numbers)).toBe(defaultRegister)
    expect(defaultRegister.getSingleMetric('onetrip_pages_total')).toBeDefined()
  })

  test('refuses a registry that has the names already, and changes nothing in it', () => {
    const register = new Registry()
    prometheus(numbers, { register })
    const before = register.getMetricsAsArray()
    expect(() => prometheus(numbers, { register })).toThrow(RegisteredError)
    expect(() => prometheus(numbers, { register })).toThrow(/onetrip_pages_total.*once.*prefix/)
    expect(register.getMetricsAsArray()).toEqual(before)
    prometheus(numbers, { register, prefix: 'other_' })
    expect(register.getMetricsAsArray()).toHaveLength(2 * before.length)
  })

  test('keeps the numbers where the metrics of a registry are reset', async () => {
    const snapshot = { ...emptySnapshot(), pages: 5 }
    const register = prometheus({ snapshot: () => snapshot }, { register: new Registry() })
    register.resetMetrics()
    expect((await valuesOf(register)).get('onetrip_pages_total')).toBe(5)
  })

  test.each([
    [
      undefined,
      {},
      'prometheus() must be given metrics(cache), or app.metrics with the option metrics: true, not undefined.',
    ],
    [numbers, { prefix: '1-' }, 'The option prefix must be letters, digits and _'],
    [numbers, { register: {} }, 'The option register must be a Registry of prom-client'],
    [numbers, { registry: new Registry() }, 'register'],
    [numbers, null, 'The options of prometheus() must be an object'],
  ])('refuses %o with %o', (given, options, message) => {
    const call = () => prometheus(given as typeof numbers, options as object)
    expect(call).toThrow(OptionError)
    expect(call).toThrow(message)
  })
})
