import type { MetricValueWithName } from 'prom-client'
import { cumulativeCounts } from '../families/cumulative.ts'
import { type Family, type HistogramFamily, nameWithUnit } from '../families/family.ts'
import type { Snapshot } from '../snapshot.ts'

type Value = MetricValueWithName<string>

/**
 * A metric of a registry whose values are read from a snapshot when they are asked for. Metrics of
 * prom-client count themselves: their histograms cannot be filled with counts of buckets.
 */
export class FamilyMetric {
  /** Changed by a registry of the OpenMetrics format, which takes `_total` away from counters. */
  name: string
  readonly help: string
  readonly type: Family['type']
  /** Workers of a `cluster` are added up. */
  readonly aggregator = 'sum'
  readonly #family: Family
  readonly #snapshot: () => Snapshot

  constructor(family: Family, prefix: string, snapshot: () => Snapshot) {
    this.name = metricName(family, prefix)
    this.help = family.help
    this.type = family.type
    this.#family = family
    this.#snapshot = snapshot
  }

  /** Returns the metric with its present values. Called by the registry. */
  async get(): Promise<unknown> {
    const { name, help, type, aggregator } = this
    return { name, help, type, aggregator, values: this.#values() }
  }

  /** Does nothing: the numbers are those of the cache, since its start. */
  reset(): void {}

  #values(): Value[] {
    const family = this.#family
    if (family.type === 'histogram') return histogramValues(this.name, family, this.#snapshot())
    return [...family.samples(this.#snapshot())]
  }
}

/** Returns the name of a family in a registry, such as `onetrip_fragment_hits_total`. */
export function metricName(family: Family, prefix: string): string {
  return `${prefix}${nameWithUnit(family)}${family.type === 'counter' ? '_total' : ''}`
}

function histogramValues(name: string, family: HistogramFamily, snapshot: Snapshot): Value[] {
  const { scale, bounds } = family
  const scaled = bounds.map((bound) => bound / scale)
  const values: Value[] = []
  for (const { labels, value } of family.samples(snapshot)) {
    const add = (ending: string, number: number, more?: { readonly le: string }) => {
      values.push({ metricName: name + ending, labels: { ...labels, ...more }, value: number })
    }
    for (const [at, count] of cumulativeCounts(value, scaled).entries())
      add('_bucket', count, { le: String(bounds[at]) })
    add('_bucket', value.count, { le: '+Inf' })
    add('_sum', value.sum * scale)
    add('_count', value.count)
  }
  return values
}
