import { readInteger } from '../data/numbers.ts'

const SCRATCH = Buffer.alloc(8)

/** Encodes a double, the lowest byte first. */
export function doubleBytes(value: number): string {
  SCRATCH.writeDoubleLE(value)
  return SCRATCH.toString('latin1')
}

/** Encodes an unsigned integer of 64 bits, the lowest byte first. */
export function word64(value: number | bigint): string {
  SCRATCH.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)))
  return SCRATCH.toString('latin1')
}

/** Encodes an unsigned integer of 64 bits, the highest byte first. */
export function bigEndian64(value: number | bigint): string {
  SCRATCH.writeBigUInt64BE(BigInt(value))
  return SCRATCH.toString('latin1')
}

function bigEndian32(value: number): string {
  SCRATCH.writeUInt32BE(value)
  return SCRATCH.toString('latin1', 0, 4)
}

/** Encodes a length, or another unsigned integer of 64 bits. */
export function lengthBytes(length: number | bigint): string {
  if (length < 64) return String.fromCharCode(Number(length))
  if (length < 16_384) return String.fromCharCode(64 | (Number(length) >> 8), Number(length) & 255)
  if (length < 2 ** 32) return `\x80${bigEndian32(Number(length))}`
  return `\x81${bigEndian64(length)}`
}

/** Longest text of an integer of 32 bits, in characters. */
const MAX_INTEGER_LENGTH = 11

/** Encodes a string, as an integer where it is a short one, as Redis does. */
export function stringBytes(text: string): string {
  if (text.length <= MAX_INTEGER_LENGTH) {
    const value = readInteger(text)
    if (value !== undefined) {
      if (value === (value << 24) >> 24) return `\xc0${littleEndian(value, 1)}`
      if (value === (value << 16) >> 16) return `\xc1${littleEndian(value, 2)}`
      if (value === (value | 0)) return `\xc2${littleEndian(value, 4)}`
    }
  }
  return lengthBytes(text.length) + text
}

function littleEndian(value: number, bytes: number): string {
  let out = ''
  for (let shift = 0; shift < 8 * bytes; shift += 8) out += String.fromCharCode((value >> shift) & 255)
  return out
}
