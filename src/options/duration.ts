import parse from 'parse-duration'
import { DurationError } from '../errors.ts'
import { show } from './show.ts'

/** A time: a number of milliseconds, or a string such as `'90s'`, `'5m'`, `'1h30m'`, `'2d'`. */
export type Duration = number | string

const TEXT = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d|w))+$/

/**
 * Most strings that are remembered: a template that computes its durations does not fill the
 * memory.
 */
const MAX_KNOWN = 1000
const known = new Map<string, number>()

/**
 * Returns the milliseconds of a duration, a whole number of at least 1: a fraction is rounded up.
 * @param what the option or the tag, for the error
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
    `${typeof what === 'string' ? what : what()} is ${show(duration)}: a duration is a number of milliseconds above 0, or a ` +
      "string such as '90s', '5m', '1h30m' or '2d'",
  )
}

/** Returns the milliseconds of a string that was read before. */
export function knownMilliseconds(duration: unknown): number | undefined {
  return typeof duration === 'string' ? known.get(duration) : undefined
}

/** Longest delay of a Node.js timer, in milliseconds; a longer one would fire at once. */
const MAX_TIMER = 2 ** 31 - 1

/**
 * Returns the milliseconds of a duration that a timer is set to: at most 24 days.
 * @throws DurationError
 */
export function toTimer(duration: unknown, what: string): number {
  const milliseconds = toMilliseconds(duration, what)
  if (milliseconds <= MAX_TIMER) return milliseconds
  throw new DurationError(`${what} is ${show(duration)}: it must be at most 24 days`)
}

/** Returns the milliseconds of a string, or NaN. */
function read(text: string): number {
  const milliseconds = TEXT.test(text) ? Math.ceil(parse(text) ?? Number.NaN) : Number.NaN
  if (!Number.isSafeInteger(milliseconds)) return Number.NaN
  if (known.size < MAX_KNOWN) known.set(text, milliseconds)
  return milliseconds
}
