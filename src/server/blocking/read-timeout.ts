import { CommandError } from '../command-error.ts'
import { readLongDouble } from '../data/long-double.ts'
import { readDouble, readInteger64 } from '../data/numbers.ts'

const NOT_A_TIMEOUT = new CommandError('ERR timeout is not a float or out of range')
const NOT_MILLISECONDS = new CommandError('ERR timeout is not an integer or out of range')
const NEGATIVE = new CommandError('ERR timeout is negative')

/**
 * Reads the timeout of BLPOP, BZPOPMIN ...: seconds, with fractions. Returns whole ms, rounded up;
 * 0 is no timeout.
 *
 * @throws CommandError
 */
export function readTimeout(seconds: string): number {
  const value = readDouble(seconds)
  if (value === undefined) {
    // A number of more than 64 bits.
    throw readLongDouble(seconds) === undefined ? NOT_A_TIMEOUT : NEGATIVE
  }
  const ms = Math.ceil(value * 1_000)
  // Redis casts it to 64 bits, where what is too large becomes negative.
  if (ms < 0 || ms >= 2 ** 63) throw NEGATIVE
  return ms
}

/**
 * Reads the timeout of WAIT, in ms; 0 is no timeout.
 *
 * @throws CommandError
 */
export function readTimeoutMs(text: string): number {
  const ms = readInteger64(text)
  if (ms === undefined) throw NOT_MILLISECONDS
  if (ms < 0n) throw NEGATIVE
  return Number(ms)
}
