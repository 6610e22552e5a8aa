import { OptionError } from '../errors.ts'
import { readOneOf } from '../options/read-option.ts'
import { isPlainObject, show } from '../options/show.ts'
import { refuseUnknownOptions } from '../options/unknown-option.ts'
import type { MetricsRange, MetricsStep, SeriesRange } from './metrics-reader.ts'

/** Lengths of the steps, in ms. */
export const STEP_LENGTH: Readonly<Record<MetricsStep, number>> = {
  second: 1_000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
}

/** Steps of a series without `from`. */
const DEFAULT_STEPS = 60
/** Most steps of a series: minutes of more than three days. */
const MAX_STEPS = 5_000

/** A span in ms since 1970; `to` is the first ms after it. */
export interface Span {
  readonly from: number
  readonly to: number
}

/** @throws OptionError */
export function readRange(range: MetricsRange, now: number): Span {
  return read('totals', range, ['from', 'to'], now, () => 0)
}

/**
 * Returns a span of whole steps.
 *
 * @throws OptionError
 */
export function readSeriesRange(range: SeriesRange, now: number): Span & { readonly step: MetricsStep } {
  if (!isPlainObject(range)) throw new OptionError(`series() takes { from, to, step }; got ${show(range)}`)
  const step = readOneOf('step', range.step, Object.keys(STEP_LENGTH) as MetricsStep[])
  const length = STEP_LENGTH[step]
  const defaultFrom = (to: number) => (Math.ceil(to / length) - DEFAULT_STEPS) * length
  const span = read('series', range, ['from', 'to', 'step'], now, defaultFrom)
  const from = Math.floor(span.from / length) * length
  const to = Math.ceil(span.to / length) * length
  if ((to - from) / length > MAX_STEPS) {
    throw new OptionError(
      `series() gives at most ${MAX_STEPS} steps: from ${from} to ${to} are ${(to - from) / length} of a ${step}`,
    )
  }
  return { from, to, step }
}

function read(
  owner: string,
  range: MetricsRange,
  names: readonly string[],
  now: number,
  defaultFrom: (to: number) => number,
): Span {
  if (!isPlainObject(range)) throw new OptionError(`${owner}() takes { from, to }; got ${show(range)}`)
  refuseUnknownOptions(`${owner}()`, range, names)
  const given = range.from === undefined ? undefined : readTime('from', range.from)
  // The clock of the caller may be ahead of the one that is read by: nothing was counted since.
  const to = range.to === undefined ? Math.max(now + 1, given ?? 0) : readTime('to', range.to)
  const from = given ?? Math.max(0, defaultFrom(to))
  if (from > to) throw new OptionError(`${owner}(): from is after to (${from} and ${to})`)
  return { from, to }
}

function readTime(option: string, value: unknown): number {
  const time = value instanceof Date ? value.getTime() : value
  if (typeof time === 'number' && Number.isSafeInteger(time) && time >= 0) return time
  throw new OptionError(
    `The option ${option} must be a Date, or a time in ms since 1970, not ${show(value)}.`,
  )
}
