import { addSnapshot } from '../../metrics/add-snapshot.ts'
import { emptySnapshot, type Snapshot } from '../../metrics/snapshot.ts'
import type { NumbersReader, Step } from '../sources.ts'

/** A span of time up to now that pages may show. */
export interface Range {
  readonly name: string
  /** Text of the choice. */
  readonly title: string
  /** In ms. */
  readonly length: number
  readonly step: Step
  /** Length of a point of a chart, in ms: a multiple of the step. */
  readonly point: number
  /** Time between two updates of a page that shows it, in ms. */
  readonly interval: number
}

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** The first is that of a page that is asked for none. */
export const RANGES: readonly [Range, ...Range[]] = [
  {
    name: '5m',
    title: '5 minutes',
    length: 5 * MINUTE,
    step: 'second',
    point: 5 * SECOND,
    interval: 2 * SECOND,
  },
  { name: '1h', title: '1 hour', length: HOUR, step: 'minute', point: MINUTE, interval: 5 * SECOND },
  { name: '24h', title: '24 hours', length: DAY, step: 'minute', point: 15 * MINUTE, interval: 30 * SECOND },
  { name: '7d', title: '7 days', length: 7 * DAY, step: 'hour', point: 2 * HOUR, interval: 60 * SECOND },
  { name: '30d', title: '30 days', length: 30 * DAY, step: 'hour', point: 8 * HOUR, interval: 60 * SECOND },
]

/** Returns the range of a name; of any other the first. */
export function rangeOf(name: string | null): Range {
  return RANGES.find((range) => range.name === name) ?? RANGES[0]
}

/** The numbers of a range: of its points, and of all together. */
export interface RangeNumbers {
  readonly range: Range
  /** Time from the begin of the first point to now, in ms. */
  readonly elapsed: number
  /** The points that are over, from the oldest; those without numbers are empty. */
  readonly points: readonly { readonly from: number; readonly numbers: Snapshot }[]
  /** All up to now: more than the points have. */
  readonly total: Snapshot
}

/** Reads the numbers of a range. */
export async function readRange(reader: NumbersReader, range: Range, now: number): Promise<RangeNumbers> {
  const { point, length, step } = range
  const from = Math.floor(now / point) * point - length
  const points = Array.from({ length: length / point }, (_, n) => ({
    from: from + n * point,
    numbers: emptySnapshot(),
  }))
  const total = emptySnapshot()
  for (const one of await reader.series({ from, to: now, step })) {
    addSnapshot(total, one)
    const into = points[Math.floor((one.from - from) / point)]
    if (into) addSnapshot(into.numbers, one)
  }
  return { range, elapsed: now - from, points, total }
}
