/**
 * Bytes that Redis needs for a stream's entries. They decide when a node is full, and thereby what
 * `MAXLEN ~` removes.
 *
 * Source: the listpack format, https://github.com/antirez/listpack
 */

/** Bytes of a listpack without elements: its length, the number of its elements, its end. */
export const EMPTY_LISTPACK = 7

/** Longest text of an integer of 64 bits, in characters. */
const MAX_INTEGER_LENGTH = 20
const MAX_INT64 = 2n ** 63n - 1n
const MIN_INT64 = -(2n ** 63n)

/** Returns the bytes of an element: a text, which is stored as an integer where it is one. */
export function textSize(text: string): number {
  const { length } = text
  if (length > 0 && length <= MAX_INTEGER_LENGTH && mayBeInteger(text)) {
    const value = readCanonical(text)
    if (value !== undefined) return integerSize(value)
  }
  const encoded = length < 64 ? length + 1 : length < 4096 ? length + 2 : length + 5
  return encoded + backLength(encoded)
}

/** Returns the bytes of an integer of at most 64 bits. */
export function integerSize(value: number | bigint): number {
  if (value >= 0 && value <= 127) return 2
  if (value >= -4096 && value <= 4095) return 3
  if (value >= -32_768 && value <= 32_767) return 4
  if (value >= -8_388_608 && value <= 8_388_607) return 5
  if (value >= -2_147_483_648 && value <= 2_147_483_647) return 6
  return 10
}

function mayBeInteger(text: string): boolean {
  const first = text.charCodeAt(0)
  if (first === 45) return text.length > 1
  return first >= 48 && first <= 57
}

/** Reads an integer that is written as Redis writes it: no plus sign, no leading zeros. */
function readCanonical(text: string): number | bigint | undefined {
  const begin = text.charCodeAt(0) === 45 ? 1 : 0
  if (text.charCodeAt(begin) === 48) return text.length === 1 ? 0 : undefined
  for (let at = begin; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code < 48 || code > 57) return undefined
  }
  if (text.length <= 15) return Number(text)
  const value = BigInt(text)
  return value >= MIN_INT64 && value <= MAX_INT64 ? value : undefined
}

/** Bytes of an element's length, which follows it so that the list can be read backwards. */
function backLength(encoded: number): number {
  if (encoded <= 127) return 1
  if (encoded < 16_383) return 2
  if (encoded < 2_097_151) return 3
  return encoded < 268_435_455 ? 4 : 5
}
