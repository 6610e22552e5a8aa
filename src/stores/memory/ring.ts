/** Memory that is filled from its beginning to its end. */
export interface Chunk {
  readonly bytes: Buffer
  used: number
  /** Items that were placed in it, in order. Some have been moved or removed since. */
  readonly placed: Placed[]
}

/** An item of a ring. */
export interface Placed {
  chunk: Chunk | undefined
  at: number
  length: number
}

/**
 * An item larger than this fraction of a chunk gets its own, to waste little at the ends of others.
 */
const LARGE = 1 / 8

/**
 * Bytes in order of arrival, as a log of chunks: the oldest chunk is evicted as a whole, and reused
 * for the next items. So a flood of entries that are never read again allocates nothing, and leaves
 * nothing to the garbage collector, which lets dead Buffers pile up: V8 counts 64 MB of them before
 * it looks.
 *
 * Views of a ring must not be handed out: they are overwritten.
 */
export class Ring {
  readonly #chunkBytes: number
  /** The oldest first. */
  readonly #chunks: Chunk[] = []
  /** The chunk that is being filled. */
  #open: Chunk | undefined
  #spare: Chunk | undefined
  /** Bytes of all items, and of the holes between them. */
  bytes = 0
  /** Bytes of all items. */
  live = 0

  constructor(chunkBytes: number) {
    this.#chunkBytes = chunkBytes
  }

  get chunks(): number {
    return this.#chunks.length
  }

  /** Places an item. Returns the bytes to write it to. */
  place(item: Placed, length: number): Buffer {
    const chunk = this.#chunkFor(length)
    item.chunk = chunk
    item.at = chunk.used
    item.length = length
    chunk.used += length
    chunk.placed.push(item)
    this.live += length
    return chunk.bytes.subarray(item.at, chunk.used)
  }

  /** Removes an item. Its bytes are a hole until the chunk is evicted. */
  remove(item: Placed): void {
    item.chunk = undefined
    this.live -= item.length
  }

  /** Changes the length of an item that is overwritten in place. */
  resize(item: Placed, length: number): void {
    this.live += length - item.length
    item.length = length
  }

  /** Takes the oldest chunk. The caller removes or places its items, then gives the chunk back. */
  shift(): Chunk | undefined {
    const chunk = this.#chunks.shift()
    if (!chunk) return undefined
    if (chunk === this.#open) this.#open = undefined
    this.bytes -= chunk.bytes.length
    return chunk
  }

  giveBack(chunk: Chunk): void {
    chunk.used = 0
    chunk.placed.length = 0
    if (chunk.bytes.length === this.#chunkBytes) this.#spare = chunk
  }

  clear(): void {
    this.#chunks.length = 0
    this.#open = undefined
    this.#spare = undefined
    this.bytes = 0
    this.live = 0
  }

  #chunkFor(length: number): Chunk {
    if (length > this.#chunkBytes * LARGE) return this.#add(newChunk(length))
    if (this.#open && this.#open.used + length <= this.#chunkBytes) return this.#open
    this.#open = this.#add(this.#spare ?? newChunk(this.#chunkBytes))
    this.#spare = undefined
    return this.#open
  }

  #add(chunk: Chunk): Chunk {
    this.#chunks.push(chunk)
    this.bytes += chunk.bytes.length
    return chunk
  }
}

function newChunk(bytes: number): Chunk {
  // Not from Node's pool: a small one would keep a whole slab alive, uncounted.
  return { bytes: Buffer.allocUnsafeSlow(bytes), used: 0, placed: [] }
}
