/** A piece of memory that is filled from its begin to its end. */
export interface Chunk {
  readonly bytes: Buffer
  used: number
  /** What was put into it, in order. Some of that lies elsewhere by now, or nowhere. */
  readonly placed: Placed[]
}

/** Something that lies in a ring. */
export interface Placed {
  chunk: Chunk | undefined
  at: number
  length: number
}

/** What is larger than this part of a chunk gets one of its own, so that little is left over at the end of the others. */
const LARGE = 1 / 8

/**
 * Bytes in the order in which they came, as a log of chunks: the oldest chunk is given up as a whole, and used again for what
 * comes next. So a flood of entries that nobody reads again allocates nothing, and leaves nothing to the garbage collector,
 * which lets dead Buffers pile up: V8 counts 64 MB of them before it looks.
 *
 * What lies here must not be handed out: it is overwritten.
 */
export class Ring {
  readonly #chunkBytes: number
  /** The oldest first. */
  readonly #chunks: Chunk[] = []
  /** The one that is being filled. */
  #open: Chunk | undefined
  #spare: Chunk | undefined
  /** What is taken, by what is there and by the holes between. */
  bytes = 0
  /** What is there. */
  live = 0

  constructor(chunkBytes: number) {
    this.#chunkBytes = chunkBytes
  }

  get chunks(): number {
    return this.#chunks.length
  }

  /** Gives something its place. @returns where its bytes are to be written */
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

  /** It is not there any more; its bytes are a hole until the chunk is given up. */
  remove(item: Placed): void {
    item.chunk = undefined
    this.live -= item.length
  }

  /** It was written anew, where it lies. */
  resize(item: Placed, length: number): void {
    this.live += length - item.length
    item.length = length
  }

  /** Takes the oldest chunk out. What is there in it is to be removed, or placed anew; then the chunk is given back. */
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
  // Not from Node's pool, of which a small one would keep a whole slab alive, uncounted.
  return { bytes: Buffer.allocUnsafeSlow(bytes), used: 0, placed: [] }
}
