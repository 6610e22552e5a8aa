import { RdbError } from './rdb-error.ts'

const LISTPACK_HEADER = 6
const LISTPACK_END = 255
const INTSET_HEADER = 8

/**
 * Reads the elements of a listpack. Integers are returned as texts.
 *
 * Source: https://github.com/antirez/listpack
 *
 * @throws RdbError
 */
export function readListpack(text: string): string[] {
  const bytes = Buffer.from(text, 'latin1')
  if (bytes.length <= LISTPACK_HEADER || bytes.readUInt32LE() !== bytes.length) throw new RdbError()
  const elements: string[] = []
  let at = LISTPACK_HEADER
  while (bytes[at] !== LISTPACK_END) {
    const { value, length } = readElement(bytes, at)
    elements.push(value)
    at += length + backLength(length)
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
  const first = bytes[at] as number
  if (first < 0x80) return { value: String(first), length: 1 }
  if (first < 0xc0) return readText(bytes, at, 1, first & 63)
  if (bytes.length < at + 9 && first >= 0xf4) throw new RdbError()
  const second = bytes[at + 1] ?? 0
  if (first < 0xe0) return { value: String(signed13(((first & 31) << 8) | second)), length: 2 }
  if (first < 0xf0) return readText(bytes, at, 2, ((first & 15) << 8) | second)
  if (at + 5 > bytes.length) throw new RdbError()
  if (first === 0xf0) return readText(bytes, at, 5, bytes.readUInt32LE(at + 1))
  if (first === 0xf1) return { value: String(bytes.readInt16LE(at + 1)), length: 3 }
  if (first === 0xf2) return { value: String(bytes.readIntLE(at + 1, 3)), length: 4 }
  if (first === 0xf3) return { value: String(bytes.readInt32LE(at + 1)), length: 5 }
  if (first === 0xf4) return { value: String(bytes.readBigInt64LE(at + 1)), length: 9 }
  throw new RdbError()
}

function readText(bytes: Buffer, at: number, header: number, length: number): Element {
  const begin = at + header
  if (begin + length > bytes.length) throw new RdbError()
  return { value: bytes.toString('latin1', begin, begin + length), length: header + length }
}

function signed13(value: number): number {
  return value >= 4_096 ? value - 8_192 : value
}

/** Bytes of an element's length, which follows it so that the list can be read backwards. */
export function backLength(length: number): number {
  if (length <= 127) return 1
  if (length < 16_383) return 2
  if (length < 2_097_151) return 3
  return length < 268_435_455 ? 4 : 5
}

/**
 * Reads the integers of an intset as texts.
 *
 * @throws RdbError
 */
export function readIntset(text: string): string[] {
  const bytes = Buffer.from(text, 'latin1')
  if (bytes.length < INTSET_HEADER) throw new RdbError()
  const width = bytes.readUInt32LE()
  const count = bytes.readUInt32LE(4)
  if (width !== 2 && width !== 4 && width !== 8) throw new RdbError()
  if (bytes.length !== INTSET_HEADER + width * count) throw new RdbError()
  const integers: string[] = []
  for (let at = INTSET_HEADER; at < bytes.length; at += width)
    integers.push(String(width === 8 ? bytes.readBigInt64LE(at) : bytes.readIntLE(at, width)))
  return integers
}
