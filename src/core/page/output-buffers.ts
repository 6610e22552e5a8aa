import type { Hole } from '../../engines/template-engine.ts'
import { type Part, sizeOfParts, writeParts } from '../fragment/page-node.ts'

/**
 * Memory of pages. A new Buffer for each page would cost more than copying the page, since its
 * memory is fresh (13 to 50 us for 48 KB, against 10). So pages are cut from slabs, as Node cuts
 * small Buffers; and a page that a response has sent gives its memory to the next one, while it is
 * still in the caches of the processor.
 */
const SLAB_BYTES = 512 * 1024
/** Larger pages have a Buffer of their own. A page that is kept keeps its slab alive. */
const LARGEST_IN_SLAB = SLAB_BYTES / 4
/** How much memory waits to be used again: that of some dozen responses. */
const MOST_FREE_BYTES = 2 * 1024 * 1024
const MOST_FREE_BUFFERS = 32

let slab = Buffer.alloc(0)
let used = 0

/** Memory that can be used again, by its capacity; the one that was used last is the last. */
const free = new Map<number, Buffer[]>()
let freeBytes = 0
let freeBuffers = 0

/**
 * Joins literal text and fragments to one Buffer. A hit goes from the store to the socket as the
 * bytes it is.
 */
export function assemble(parts: readonly (string | Hole)[]): Buffer {
  const body = takeBuffer(sizeOfParts(parts as readonly Part[]))
  writeParts(parts as readonly Part[], body, 0)
  return body
}

/** Returns memory for a page, with whatever was in it before. */
export function takeBuffer(length: number): Buffer {
  const capacity = capacityOf(length)
  const known = free.get(capacity)?.pop()
  if (known) {
    freeBytes -= capacity
    freeBuffers--
    return Buffer.from(known.buffer, known.byteOffset, length)
  }
  if (length > LARGEST_IN_SLAB) return Buffer.from(Buffer.allocUnsafeSlow(capacity).buffer, 0, length)
  if (used + capacity > slab.length) {
    slab = Buffer.allocUnsafeSlow(SLAB_BYTES)
    used = 0
  }
  const begin = used
  used += capacity
  return slab.subarray(begin, begin + length)
}

/** Gives back what {@link takeBuffer} returned, to be written over: nothing else may hold it. */
export function reuseBuffer(buffer: Buffer): void {
  const capacity = capacityOf(buffer.length)
  if (freeBuffers === MOST_FREE_BUFFERS || freeBytes + capacity > MOST_FREE_BYTES) return
  freeBytes += capacity
  freeBuffers++
  const known = free.get(capacity)
  if (known) known.push(buffer)
  else free.set(capacity, [buffer])
}

/** Returns a length in whole steps, so that pages of about one size can share memory. */
function capacityOf(length: number): number {
  const step = 2 ** Math.max(10, 29 - Math.clz32(length))
  return Math.max(step, Math.ceil(length / step) * step)
}
