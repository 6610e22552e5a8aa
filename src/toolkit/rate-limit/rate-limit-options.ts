import { OptionError } from '../../errors.ts'
import type { Duration } from '../../options/duration.ts'
import { readOneOf, refuseOption } from '../../options/read-option.ts'
import { isPlainObject, show } from '../../options/show.ts'
import { refuseUnknownOptions } from '../../options/unknown-option.ts'
import { readLife } from '../read-life.ts'

export const ALGORITHMS = [
  'sliding-window',
  'fixed-window',
  'token-bucket',
] as const satisfies readonly RateLimitAlgorithm[]

/**
 * How a {@link RateLimit} counts.
 *
 * - `sliding-window`: at most `limit` in any span of `per`. Exact; keeps one number for each event
 *   that counts.
 * - `fixed-window`: at most `limit` from the first event until `per` later, then again. Keeps one
 *   number; up to twice the limit can pass around the end of a window.
 * - `token-bucket`: `limit` in each `per` on average, evenly, and `burst` at once. Keeps two
 *   numbers.
 */
export type RateLimitAlgorithm = 'sliding-window' | 'fixed-window' | 'token-bucket'

/** Options of {@link Toolkit.rateLimit}. */
export interface RateLimitOptions {
  /** Number of events, or their cost, that is allowed in each period. */
  readonly limit: number
  /** The period, in ms or as a string such as `'1m'`. */
  readonly per: Duration
  /**
   * How events are counted.
   *
   * @defaultValue `'sliding-window'`
   */
  readonly algorithm?: RateLimitAlgorithm | undefined
  /**
   * Most that a full token bucket gives at once.
   *
   * @defaultValue `limit`
   */
  readonly burst?: number | undefined
}

/** Checked options. */
export interface RateLimitRules {
  readonly algorithm: RateLimitAlgorithm
  readonly limit: number
  /** In ms. */
  readonly per: number
  /** Most that can be taken at once. */
  readonly capacity: number
}

/** Most events of a sliding window: it keeps a number of some 11 bytes for each of them. */
const MOST_EVENTS = 100_000
/** Longest period: 366 days, in ms. */
const LONGEST_PERIOD = 366 * 86_400_000

const HINTS = {
  points: 'limit',
  max: 'limit',
  duration: 'per',
  window: 'per',
  windowMs: 'per',
  period: 'per',
  interval: 'per',
  capacity: 'burst',
}

/** @throws OptionError, DurationError */
export function readRateLimitOptions(owner: string, options: unknown): RateLimitRules {
  if (!isPlainObject(options))
    throw new OptionError(`${owner} takes an object such as { limit: 5, per: '1m' }; got ${show(options)}`)
  refuseUnknownOptions(owner, options, ['limit', 'per', 'algorithm', 'burst'], HINTS)
  const { limit, per, algorithm, burst } = options as Partial<RateLimitOptions>
  const rules = {
    algorithm: algorithm === undefined ? 'sliding-window' : readOneOf('algorithm', algorithm, ALGORITHMS),
    limit: readWhole('limit', limit),
    per: readPeriod(per),
  }
  if (rules.algorithm === 'sliding-window' && rules.limit > MOST_EVENTS) {
    throw new OptionError(
      `${owner}: a sliding window keeps each event, so its limit must be at most ${MOST_EVENTS}, not ${rules.limit}: ` +
        "use algorithm: 'token-bucket' or 'fixed-window'",
    )
  }
  if (burst !== undefined && rules.algorithm !== 'token-bucket')
    throw new OptionError(`${owner}: burst needs algorithm: 'token-bucket'`)
  const capacity = burst === undefined ? rules.limit : readWhole('burst', burst)
  // The script counts in units of which a token has `per`: all of them must be exact in a double.
  if (rules.algorithm === 'token-bucket' && 2 * capacity * rules.per > Number.MAX_SAFE_INTEGER)
    throw new OptionError(`${owner}: ${capacity} in ${rules.per} ms is too much: use a shorter period`)
  return { ...rules, capacity }
}

/** Reads a number of at least 1 that is whole and exact. @throws OptionError */
export function readWhole(option: string, value: unknown): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 1
    ? value
    : refuseOption(option, 'a whole number of at least 1', value)
}

function readPeriod(per: unknown): number {
  const milliseconds = readLife(per, 'The option per')
  return milliseconds <= LONGEST_PERIOD ? milliseconds : refuseOption('per', 'at most 366 days', per)
}
