import { latin1 } from '../protocol/latin1.ts'

/**
 * A string in a buffer: changed in place, where a new string would be a copy of all of it. Its end
 * is added to in O(1) on average.
 */
export class ByteString {
  #buffer: Buffer
  #length: number

  constructor(text: string) {
    this.#buffer = Buffer.from(text, 'latin1')
    this.#length = text.length
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
      const larger = Buffer.alloc(Math.max(length, 2 * this.#buffer.length))
      this.#buffer.copy(larger, 0, 0, this.#length)
      this.#buffer = larger
    }
    this.#length = length
  }

  toString(): string {
    return latin1(this.#buffer, 0, this.#length)
  }
}
