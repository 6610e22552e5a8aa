import { latin1, writeLatin1 } from '../protocol/latin1.ts'

/**
 * A string in a buffer: changed in place, where a new string would be a copy of all of it. Its end
 * is added to in O(1) on average.
 */
export class ByteString {
  #buffer: Buffer
  #length: number

  /** @param length up to which it will be extended at once: so it is not copied again for that */
  constructor(text: string, length: number) {
    this.#length = text.length
    this.#buffer = Buffer.allocUnsafe(length > text.length ? roomFor(length, text.length) : text.length)
    writeLatin1(this.#buffer, text, 0)
  }

  get length(): number {
    return this.#length
  }

  /** Returns the bytes to read or change them, until the next call. */
  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length)
  }

  /** Adds zeros up to a length. */
  extend(length: number): void {
    if (length <= this.#length) return
    if (length > this.#buffer.length) {
      const larger = Buffer.allocUnsafe(roomFor(length, this.#buffer.length))
      this.#buffer.copy(larger, 0, 0, this.#length)
      this.#buffer = larger
    }
    // What is behind the end may be anything that was in memory before.
    this.#buffer.fill(0, this.#length, length)
    this.#length = length
  }

  toString(): string {
    return latin1(this.#buffer, 0, this.#length)
  }
}

/** Returns a length with room for more, so that adding takes O(1) on average. */
function roomFor(length: number, before: number): number {
  return Math.max(length, 2 * before)
}
