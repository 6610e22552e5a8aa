import type { Histogram } from '../histogram.ts'
import type { Snapshot } from '../snapshot.ts'

/** Labels of one value. Their names and the number of their values are bounded. */
export type Labels = Readonly<Record<string, string>>

/** One number, or one histogram, with its labels. */
export interface Sample<T> {
  readonly labels: Labels
  readonly value: T
}

interface FamilyBase {
  /** Name without prefix and without unit, such as `fragment_hits`. */
  readonly name: string
  /** One sentence for readers of the metrics. */
  readonly help: string
  /** Absent for what is counted in pieces. */
  readonly unit?: 'seconds' | 'bytes'
}

/** A number that only grows while the process runs, or, as a gauge, one that goes up and down. */
export interface NumberFamily extends FamilyBase {
  readonly type: 'counter' | 'gauge'
  samples(snapshot: Snapshot): Iterable<Sample<number>>
}

/** A distribution of values. */
export interface HistogramFamily extends FamilyBase {
  readonly type: 'histogram'
  readonly unit: 'seconds' | 'bytes'
  /** Factor that turns a value of the snapshot's histogram into the unit of the family. */
  readonly scale: number
  /** Upper bounds of the buckets, in the unit of the family, ascending. */
  readonly bounds: readonly number[]
  samples(snapshot: Snapshot): Iterable<Sample<Histogram>>
}

/** One metric with all its labels, as programs that collect metrics name it. */
export type Family = NumberFamily | HistogramFamily

/** Returns the name of a family with its unit, such as `fragment_render_seconds`. */
export function nameWithUnit({ name, unit }: Family): string {
  return unit === undefined ? name : `${name}_${unit}`
}
