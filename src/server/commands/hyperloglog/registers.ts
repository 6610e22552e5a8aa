import { murmurHash } from './murmur-hash.ts'

/** Bits of a hash that choose the register. */
const INDEX_BITS = 14
/** Number of registers of a HyperLogLog. */
export const REGISTERS = 2 ** INDEX_BITS
/** Bits of a hash that are left, of which a register counts the zeros. */
export const COUNTED_BITS = 64 - INDEX_BITS

/** A register that an element raises, and the value that it then has at least. */
export interface Observation {
  readonly index: number
  readonly value: number
}

/** Returns the register of an element, and the number of leading zeros of its hash, plus 1. */
export function observe(element: string): Observation {
  const hash = murmurHash(element)
  const index = Number(hash & BigInt(REGISTERS - 1))
  // The bit behind the last one ends the count.
  const rest = (hash >> BigInt(INDEX_BITS)) | (1n << BigInt(COUNTED_BITS))
  return { index, value: trailingZeros(rest) + 1 }
}

function trailingZeros(bits: bigint): number {
  const low = Number(bits & 0xffffffffn)
  if (low !== 0) return 31 - Math.clz32(low & -low)
  const high = Number(bits >> 32n)
  return 32 + 31 - Math.clz32(high & -high)
}

/**
 * Estimates the number of different elements.
 *
 * Source: Otmar Ertl, "New cardinality estimation algorithms for HyperLogLog sketches",
 * arXiv:1702.01284, calculated in the same order as in Redis.
 *
 * @param counts how many registers have each value
 */
export function estimate(counts: Uint32Array): number {
  const count = (value: number): number => counts[value] as number
  let sum = REGISTERS * tau((REGISTERS - count(COUNTED_BITS + 1)) / REGISTERS)
  for (let value = COUNTED_BITS; value >= 1; value--) sum = (sum + count(value)) * 0.5
  sum += REGISTERS * sigma(count(0) / REGISTERS)
  return Math.round((ALPHA * REGISTERS * REGISTERS) / sum)
}

/** 0.5 / ln 2 */
const ALPHA = 0.7213475204444817

function sigma(start: number): number {
  if (start === 1) return Number.POSITIVE_INFINITY
  let x = start
  let y = 1
  let z = x
  for (;;) {
    x *= x
    const before = z
    z += x * y
    y += y
    if (before === z) return z
  }
}

function tau(start: number): number {
  if (start === 0 || start === 1) return 0
  let x = start
  let y = 1
  let z = 1 - x
  for (;;) {
    x = Math.sqrt(x)
    const before = z
    y *= 0.5
    z -= (1 - x) ** 2 * y
    if (before === z) return z / 3
  }
}
