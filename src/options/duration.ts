import parse from 'parse-duration'
import { DurationError } from '../errors.ts'

/** A time: a number of milliseconds, or a text such as `'90s'`, `'5m'`, `'1h30m'`, `'2d'`. */
export type Duration = number | string

const TEXT = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d|w))+$/

/** A template gives the same few texts again and again; one that computes them does not fill the memory. */
const MOST_KNOWN = 1000
const known = new Map<string, number>()

/**
 * The milliseconds of a duration, a whole number of at least 1: a fraction is rounded up.
 * @param what names the option or the tag, for the error
 * @throws DurationError
 */
export function toMilliseconds(duration: unknown, what: string | (() => string)): number {
  if (typeof duration === 'number' && duration > 0 && duration <= Number.MAX_SAFE_INTEGER)
    return Math.ceil(duration)
  if (typeof duration === 'string') {
    const milliseconds = known.get(duration) ?? read(duration)
    if (milliseconds > 0) return milliseconds
  }
  throw new DurationError(
    `${typeof what === 'string' ? what : what()} is ${show(duration)}: a duration is a number of milliseconds above 0, or a text such as '90s', '5m', ` +
      "'1h30m' or '2d'",
  )
}

/** Returns the milliseconds of a text that was read before. */
export function knownMilliseconds(duration: unknown): number | undefined {
  return typeof duration === 'string' ? known.get(duration) : undefined
}

/** What a timer of Node takes at most; beyond it fires at once. */
const LONGEST_TIMER = 2 ** 31 - 1

/** The same for what a timer is set to: at most 24 days. @throws DurationError */
export function toTimer(duration: unknown, what: string): number {
  const milliseconds = toMilliseconds(duration, what)
  if (milliseconds <= LONGEST_TIMER) return milliseconds
  throw new DurationError(`${what} is ${show(duration)}: it takes at most 24 days`)
}

/** NaN for a text that is no duration. */
function read(text: string): number {
  const milliseconds = TEXT.test(text) ? Math.ceil(parse(text) ?? Number.NaN) : Number.NaN
  if (!Number.isSafeInteger(milliseconds)) return Number.NaN
  if (known.size < MOST_KNOWN) known.set(text, milliseconds)
  return milliseconds
}

function show(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : String(value)
}
