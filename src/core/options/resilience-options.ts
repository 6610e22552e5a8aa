import { OptionError } from '../../errors.ts'
import { toBytes } from '../../options/byte-size.ts'
import { toTimer } from '../../options/duration.ts'
import type { Breaker, SingleFlightMode } from './cache-options.ts'

/** The options that say what a cache does under load, and where its store fails: how each is read. */

export function readSingleFlight(value: unknown): SingleFlightMode {
  if (value === 'off' || value === 'process' || value === 'store') return value
  throw new OptionError(`The option singleFlight takes 'off', 'process' or 'store', not ${show(value)}.`)
}

/** A whole number from `least` on, or Infinity. */
export function readCount(name: string, value: unknown, least: number): number {
  if (typeof value === 'number' && value >= least && (Number.isInteger(value) || value === Infinity))
    return value
  throw new OptionError(
    `The option ${name} takes a whole number from ${least} on, or Infinity, not ${show(value)}.`,
  )
}

/** A size, or Infinity. */
export function readBytes(name: string, value: unknown): number {
  const bytes = value === Number.POSITIVE_INFINITY ? value : toBytes(value, 1)
  if (bytes !== undefined) return bytes
  throw new OptionError(
    `The option ${name} takes a number of bytes, a text such as '2MB', or Infinity, not ${show(value)}.`,
  )
}

/** `false`: none. */
export function readBreaker(value: unknown): { readonly failures: number; readonly retryAfter: number } {
  if (value === false) return { failures: Number.POSITIVE_INFINITY, retryAfter: 0 }
  if (typeof value !== 'object' || value === null) {
    throw new OptionError(
      `The option breaker takes { failures, retryAfter }, such as { failures: 3, retryAfter: '1s' }, or false; not ${show(value)}.`,
    )
  }
  const unknown = Object.keys(value).find((name) => name !== 'failures' && name !== 'retryAfter')
  if (unknown !== undefined) {
    throw new OptionError(`The option breaker has no "${unknown}": there are failures and retryAfter.`)
  }
  const { failures = 1, retryAfter = 250 } = value as Breaker
  return {
    failures: readCount('breaker.failures', failures, 1),
    retryAfter: toTimer(retryAfter, 'The option breaker.retryAfter'),
  }
}

function show(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : String(value)
}
