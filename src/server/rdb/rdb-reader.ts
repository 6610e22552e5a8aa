import { decompress } from './lzf.ts'
import { RdbError } from './rdb-error.ts'

const MAX_EXACT = BigInt(Number.MAX_SAFE_INTEGER)

/**
 * Reads the elements of Redis' format. Nothing is allocated by a length that the bytes claim
 * before there are as many.
 */
export class RdbReader {
  readonly #bytes: string
  #at: number
  readonly #end: number

  /** @param bytes one character for each byte */
  constructor(bytes: string, at = 0, end = bytes.length) {
    this.#bytes = bytes
    this.#at = at
    this.#end = end
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#end
  }

  /** @throws RdbError at the end */
  byte(): number {
    if (this.#at >= this.#end) throw new RdbError()
    return this.#bytes.charCodeAt(this.#at++)
  }

  /** @throws RdbError if there are fewer */
  raw(length: number): string {
    const from = this.#at
    if (length > this.#end - from) throw new RdbError()
    this.#at += length
    return this.#bytes.slice(from, from + length)
  }

  /** Reads an unsigned integer: a bigint from 2^53 on. */
  word(): number | bigint {
    const first = this.byte()
    const kind = first >> 6
    if (kind === 0) return first
    if (kind === 1) return ((first & 63) << 8) | this.byte()
    if (first === 0x80) return this.#buffer(4).readUInt32BE()
    if (first === 0x81) return exact(this.#buffer(8).readBigUInt64BE())
    throw new RdbError()
  }

  /** Reads a number of elements, each of which takes a byte at least. */
  count(): number {
    const count = this.word()
    if (typeof count === 'bigint' || count > this.#end - this.#at) throw new RdbError()
    return count
  }

  /** Reads a string in any of its encodings. */
  text(): string {
    const first = this.byte()
    if (first === 0xc0) return String(this.#buffer(1).readInt8())
    if (first === 0xc1) return String(this.#buffer(2).readInt16LE())
    if (first === 0xc2) return String(this.#buffer(4).readInt32LE())
    if (first === 0xc3) {
      const compressed = this.count()
      const length = this.word()
      if (typeof length === 'bigint') throw new RdbError()
      return decompress(this.raw(compressed), length)
    }
    this.#at--
    return this.raw(this.count())
  }

  double(): number {
    return this.#buffer(8).readDoubleLE()
  }

  /** Reads an unsigned integer of 64 bits, the highest byte first. */
  bigEndian64(): number | bigint {
    return exact(this.#buffer(8).readBigUInt64BE())
  }

  /** Reads a time, in ms since 1970. */
  time(): number {
    return Number(this.#buffer(8).readBigInt64LE())
  }

  /** Reads a time of earlier versions, in seconds since 1970. */
  seconds(): number {
    return this.#buffer(4).readInt32LE()
  }

  #buffer(length: number): Buffer {
    return Buffer.from(this.raw(length), 'latin1')
  }
}

function exact(value: bigint): number | bigint {
  return value <= MAX_EXACT ? Number(value) : value
}
