import { RdbError } from './rdb-error.ts'

/** Bytes before the elements: the list's length, the place of its tail, the number of elements. */
const HEADER = 10
const END = 255
/** First byte of the length of the element before, where that takes five bytes. */
const LONG_PREVIOUS = 254

/**
 * Reads the elements of a ziplist, which Redis wrote before 7.0. Integers are returned as texts.
 *
 * Source: `ziplist.c` of Redis
 *
 * @throws RdbError
 */
export function readZiplist(text: string): string[] {
  const bytes = Buffer.from(text, 'latin1')
  if (bytes.length <= HEADER || bytes.readUInt32LE() !== bytes.length) throw new RdbError()
  const elements: string[] = []
  let at = HEADER
  while (bytes[at] !== END) {
    at += bytes[at] === LONG_PREVIOUS ? 5 : 1
    const { value, length } = readElement(bytes, at)
    elements.push(value)
    at += length
    if (at >= bytes.length) throw new RdbError()
  }
  return elements
}

interface Element {
  readonly value: string
  /** Bytes with its encoding. */
  readonly length: number
}

function readElement(bytes: Buffer, at: number): Element {
  const first = bytes[at] ?? END
  const kind = first >> 6
  if (kind === 0) return readText(bytes, at, 1, first & 63)
  if (kind === 1) return readText(bytes, at, 2, ((first & 63) << 8) | (bytes[at + 1] ?? 0))
  if (kind === 2) {
    if (at + 5 > bytes.length) throw new RdbError()
    return readText(bytes, at, 5, bytes.readUInt32BE(at + 1))
  }
  return readInteger(bytes, at, first)
}

function readText(bytes: Buffer, at: number, header: number, length: number): Element {
  const begin = at + header
  if (begin + length > bytes.length) throw new RdbError()
  return { value: bytes.toString('latin1', begin, begin + length), length: header + length }
}

/** Widths of integers by their encodings, in bytes. */
const WIDTHS: ReadonlyMap<number, number> = new Map([
  [0xfe, 1],
  [0xc0, 2],
  [0xf0, 3],
  [0xd0, 4],
  [0xe0, 8],
])

function readInteger(bytes: Buffer, at: number, encoding: number): Element {
  // 0 to 12 are part of the encoding.
  if (encoding > 0xf0 && encoding < 0xfe) return { value: String((encoding & 15) - 1), length: 1 }
  const width = WIDTHS.get(encoding)
  if (width === undefined || at + 1 + width > bytes.length) throw new RdbError()
  const value = width === 8 ? bytes.readBigInt64LE(at + 1) : bytes.readIntLE(at + 1, width)
  return { value: String(value), length: 1 + width }
}
