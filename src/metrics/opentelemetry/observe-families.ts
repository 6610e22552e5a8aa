import type { BatchObservableResult, Meter, Observable } from '@opentelemetry/api'
import { cumulativeCounts } from '../families/cumulative.ts'
import { FAMILIES } from '../families/families.ts'
import type { Family, HistogramFamily, NumberFamily } from '../families/family.ts'
import type { Snapshot } from '../snapshot.ts'

/** The instruments of one family, and the function that reports their values. */
interface Observed {
  readonly instruments: readonly Observable[]
  report(result: BatchObservableResult, snapshot: Snapshot): void
}

/** Units by UCUM, as OpenTelemetry has them. */
const UNITS = { seconds: 's', bytes: 'By' } as const

/**
 * Creates the instruments of each family, and reports all of them from one snapshot.
 * @returns a function that ends it
 */
export function observeFamilies(meter: Meter, prefix: string, snapshot: () => Snapshot): () => void {
  const all = FAMILIES.map((family) =>
    family.type === 'histogram'
      ? observedHistogram(meter, prefix, family)
      : observedNumber(meter, prefix, family),
  )
  const callback = (result: BatchObservableResult) => {
    const current = snapshot()
    for (const one of all) one.report(result, current)
  }
  const instruments = all.flatMap((one) => one.instruments)
  meter.addBatchObservableCallback(callback, instruments)
  return () => meter.removeBatchObservableCallback(callback, instruments)
}

function observedNumber(meter: Meter, prefix: string, family: NumberFamily): Observed {
  const name = instrumentName(family, prefix)
  const options = optionsOf(family)
  const instrument =
    family.type === 'counter'
      ? meter.createObservableCounter(name, options)
      : meter.createObservableGauge(name, options)
  return {
    instruments: [instrument],
    report(result, snapshot) {
      for (const { labels, value } of family.samples(snapshot)) result.observe(instrument, value, labels)
    },
  }
}

/**
 * Creates three counters for a histogram: its buckets by their upper bound, its count, and its sum.
 * The API has no observable histogram, and its own histogram counts single values.
 */
function observedHistogram(meter: Meter, prefix: string, family: HistogramFamily): Observed {
  const name = instrumentName(family, prefix)
  const { help: description, scale, bounds } = family
  const buckets = meter.createObservableCounter(`${name}.bucket`, { description })
  const count = meter.createObservableCounter(`${name}.count`, { description })
  const sum = meter.createObservableCounter(`${name}.sum`, optionsOf(family))
  const scaled = bounds.map((bound) => bound / scale)
  return {
    instruments: [buckets, count, sum],
    report(result, snapshot) {
      for (const { labels, value } of family.samples(snapshot)) {
        for (const [at, below] of cumulativeCounts(value, scaled).entries())
          result.observe(buckets, below, { ...labels, le: String(bounds[at]) })
        result.observe(buckets, value.count, { ...labels, le: '+Inf' })
        result.observe(count, value.count, labels)
        result.observe(sum, value.sum * scale, labels)
      }
    },
  }
}

function optionsOf({ help, unit }: Family): { description: string; unit?: string } {
  return { description: help, ...(unit && { unit: UNITS[unit] }) }
}

/** Returns a name such as `onetrip.fragment.hits`. The unit is told beside it. */
function instrumentName({ name }: Family, prefix: string): string {
  return prefix + name.replace('_', '.')
}
