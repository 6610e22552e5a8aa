import { NOT_AN_INTEGER } from '../../command-error.ts'
import { readInteger, readInteger64 } from '../../data/numbers.ts'

/**
 * Reads an integer of 64 bits.
 *
 * @throws CommandError if it is none
 */
export function integer64Argument(text: string): bigint {
  const value = readInteger64(text)
  if (value === undefined) throw NOT_AN_INTEGER
  return value
}

/**
 * Reads an index, an offset or a count: an integer of 64 bits, of which a number holds at most
 * `Number.MAX_SAFE_INTEGER`. What is beyond is beyond the end of any value, too.
 *
 * @throws CommandError if it is no integer
 */
export function indexArgument(text: string): number {
  const value = readInteger(text)
  if (value !== undefined) return value
  return integer64Argument(text) < 0n ? Number.MIN_SAFE_INTEGER : Number.MAX_SAFE_INTEGER
}
