import { CommandError } from '../../command-error.ts'
import { readInteger } from '../../data/numbers.ts'
import { MAX_STRING_LENGTH } from '../../data/string-length.ts'

/** Longest string of Redis, in bits: no offset may be at it or beyond. */
const MAX_BITS = 2 ** 32

const OFFSET_ERROR = new CommandError('ERR bit offset is not an integer or out of range')

/**
 * Reads the offset of a bit.
 *
 * @throws CommandError
 */
export function bitOffset(text: string): number {
  return checked(readInteger(text))
}

/**
 * Reads the offset of an integer of BITFIELD: in bits, or with `#` in integers.
 *
 * @param bits bits of the integer
 * @throws CommandError
 */
export function integerOffset(text: string, bits: number): number {
  if (text.charCodeAt(0) !== 35) return bitOffset(text)
  return checked((readInteger(text.slice(1)) ?? Number.NaN) * bits)
}

function checked(offset: number | undefined): number {
  if (offset === undefined || !(offset >= 0 && offset < MAX_BITS)) throw OFFSET_ERROR
  return offset
}

/**
 * Returns the length of a string that has a bit.
 *
 * @throws CommandError if it would be too long
 */
export function lengthWithBit(offset: number): number {
  const length = Math.floor(offset / 8) + 1
  if (length > MAX_STRING_LENGTH) throw OFFSET_ERROR
  return length
}

/**
 * Returns a string that is filled up with zeros, so that a bit can be set.
 *
 * @throws CommandError if it would be too long
 */
export function withBit(value: string, offset: number): string {
  const length = lengthWithBit(offset)
  return length > value.length ? value + '\0'.repeat(length - value.length) : value
}
