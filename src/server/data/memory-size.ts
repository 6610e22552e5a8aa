/**
 * Estimates of memory, in bytes, as V8 lays out strings and collections on the heap of Node.js 20.
 * A test compares what they say of values of each type with the heap.
 */

const STRING_HEADER = 16
const COLLECTION = 72
const SMALLEST_CAPACITY = 4

/** Estimated memory of a string. V8 has one string of each character. */
export function stringBytes(length: number): number {
  return length < 2 ? 0 : STRING_HEADER + 8 * Math.ceil(length / 8)
}

/** Estimated memory of a Map, without its keys and values. */
export function mapBytes(size: number): number {
  return COLLECTION + 28 * capacityOf(size)
}

/** Estimated memory of a Set, without its members. */
export function setBytes(size: number): number {
  return COLLECTION + 20 * capacityOf(size)
}

/** Returns the places of a hash table: a power of two. */
function capacityOf(size: number): number {
  return size <= SMALLEST_CAPACITY ? SMALLEST_CAPACITY : 2 ** (32 - Math.clz32(size - 1))
}
