/** Type of an integer of BITFIELD: `u1` to `u63`, `i1` to `i64`. */
export interface IntegerType {
  readonly signed: boolean
  readonly bits: number
}

export type Overflow = 'WRAP' | 'SAT' | 'FAIL'

/** Reads an integer whose first bit is the highest. Bits behind the end are 0. */
export function readBits(bytes: Uint8Array, offset: number, { signed, bits }: IntegerType): bigint {
  const first = Math.floor(offset / 8)
  const last = Math.floor((offset + bits - 1) / 8)
  let value = 0n
  for (let at = first; at <= last; at++) value = (value << 8n) | BigInt(bytes[at] ?? 0)
  value >>= BigInt((last + 1) * 8 - offset - bits)
  return signed ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value)
}

/** Writes an integer, of which only the lowest bits count. */
export function writeBits(bytes: Uint8Array, offset: number, { bits }: IntegerType, value: bigint): void {
  let rest = BigInt.asUintN(bits, value)
  for (let at = offset + bits - 1; at >= offset; at--) {
    const mask = 128 >> (at % 8)
    const byte = Math.floor(at / 8)
    bytes[byte] = rest & 1n ? (bytes[byte] as number) | mask : (bytes[byte] as number) & ~mask
    rest >>= 1n
  }
}

/**
 * Adds to an integer, as its overflow says. Returns undefined for FAIL if it overflows.
 *
 * @param value for SET the new one, which need not fit either
 */
export function addInteger(
  value: bigint,
  increment: bigint,
  type: IntegerType,
  overflow: Overflow,
): bigint | undefined {
  const { signed, bits } = type
  const max = signed ? 2n ** BigInt(bits - 1) - 1n : 2n ** BigInt(bits) - 1n
  const min = signed ? -max - 1n : 0n
  const direction = overflowDirection(value, increment, max, min, type)
  if (direction === 0) return value + increment
  if (overflow === 'FAIL') return undefined
  if (overflow === 'SAT') return direction > 0 ? max : min
  return signed ? BigInt.asIntN(bits, value + increment) : BigInt.asUintN(bits, value + increment)
}

/**
 * Returns 1 above the largest integer, -1 below the smallest, else 0.
 *
 * Redis calculates what fits with 64 bits, which wrap: a very small value of SET counts as too
 * large for a signed type of less than 64 bits. So does it here.
 */
function overflowDirection(
  value: bigint,
  increment: bigint,
  max: bigint,
  min: bigint,
  { signed, bits }: IntegerType,
): -1 | 0 | 1 {
  if (!signed || bits === 64) {
    const sum = value + increment
    return sum > max ? 1 : sum < min ? -1 : 0
  }
  if (value > max || increment > BigInt.asIntN(64, max - value)) return 1
  return value < min || increment < BigInt.asIntN(64, min - value) ? -1 : 0
}
