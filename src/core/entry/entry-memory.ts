const SLAB_BYTES = 512 * 1024
/** Larger entries have memory of their own. */
const LARGEST_IN_SLAB = SLAB_BYTES / 4

let slab = Buffer.alloc(0)
let used = 0

/**
 * Returns memory for an entry, with whatever was in it before. Entries that are made one after the
 * other lie side by side: a store sends those of a page without copying them. An entry keeps its
 * slab in memory, but not for long: it is dropped as soon as it is written.
 */
export function takeEntryMemory(length: number): Buffer {
  if (length > LARGEST_IN_SLAB) return Buffer.allocUnsafeSlow(length)
  if (used + length > slab.length) {
    slab = Buffer.allocUnsafeSlow(SLAB_BYTES)
    used = 0
  }
  used += length
  return slab.subarray(used - length, used)
}
