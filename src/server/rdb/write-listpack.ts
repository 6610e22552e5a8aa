import { backLength } from './compact-lists.ts'

const HEADER = 6
/** Number of elements that the header does not tell. */
const MANY = 65_535

/** Builds a listpack. */
export class ListpackWriter {
  #elements = ''
  #count = 0

  text(text: string): void {
    const { length } = text
    if (length < 64) this.#add(String.fromCharCode(128 | length) + text)
    else if (length < 4_096) this.#add(String.fromCharCode(224 | (length >> 8), length & 255) + text)
    else this.#add(`\xf0${littleEndian(length, 4)}${text}`)
  }

  /** @param value of at most 64 bits */
  integer(value: number | bigint): void {
    if (value >= 0 && value < 128) this.#add(String.fromCharCode(Number(value)))
    else {
      const bytes = Buffer.alloc(9)
      bytes[0] = 0xf4
      bytes.writeBigInt64LE(BigInt.asIntN(64, BigInt(value)), 1)
      this.#add(bytes.toString('latin1'))
    }
  }

  /** Returns the bytes. */
  finish(): string {
    const length = HEADER + this.#elements.length + 1
    return `${littleEndian(length, 4)}${littleEndian(Math.min(this.#count, MANY), 2)}${this.#elements}\xff`
  }

  #add(element: string): void {
    this.#count++
    this.#elements += element + backwards(element.length)
  }
}

/** Encodes a length in groups of 7 bits, highest first; all but the first have the top bit set. */
function backwards(length: number): string {
  let out = ''
  for (let n = backLength(length) - 1, first = true; n >= 0; n--, first = false)
    out += String.fromCharCode(((length >>> (7 * n)) & 127) | (first ? 0 : 128))
  return out
}

function littleEndian(value: number, bytes: number): string {
  let out = ''
  for (let shift = 0; shift < 8 * bytes; shift += 8) out += String.fromCharCode((value >>> shift) & 255)
  return out
}
