import { OptionError } from '../../errors.ts'
import { show } from '../../options/show.ts'
import { type Codec, encodeArgument } from '../codec/codec.ts'

/**
 * Values of a graph as bytes that sort like them and have no byte 0, so that it can end each. The
 * first byte is the type: numbers sort before text, and text by its bytes in UTF-8. Byte 0 is
 * stored as 1 1, and byte 1 as 1 2.
 */
export interface GraphCodec<Value> {
  /** @throws OptionError */
  encode(value: Value): Buffer
  decode(encoded: Buffer): Value
}

const NUMBER = 0x6e
const TEXT = 0x74
const OTHER = 0x76

/** Returns a codec of values; of text and numbers without another. */
export function graphCodec<Value>(codec: Codec<Value> | undefined): GraphCodec<Value> {
  if (codec === undefined) return NATURAL as unknown as GraphCodec<Value>
  return {
    encode: (value) => withType(OTHER, withoutZeros(Buffer.from(encodeArgument(codec, value)))),
    decode: (encoded) => codec.decode(withZeros(encoded.subarray(1))),
  }
}

const NATURAL: GraphCodec<string | number> = {
  encode(value) {
    if (typeof value === 'string') return withType(TEXT, withoutZeros(Buffer.from(value)))
    if (typeof value === 'number' && !Number.isNaN(value))
      return withType(NUMBER, withoutZeros(sortable(value)))
    throw new OptionError(
      `A value of a graph must be a string or a number; got ${show(value)}. For others pass a codec to kit.graph`,
    )
  },
  decode(encoded) {
    const bytes = withZeros(encoded.subarray(1))
    return encoded[0] === NUMBER ? fromSortable(bytes) : bytes.toString()
  },
}

function withType(type: number, bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.of(type), bytes])
}

function withoutZeros(bytes: Buffer): Buffer {
  if (!bytes.includes(0) && !bytes.includes(1)) return bytes
  return Buffer.from([...bytes].flatMap((byte) => (byte > 1 ? [byte] : [1, byte + 1])))
}

function withZeros(bytes: Buffer): Buffer {
  if (!bytes.includes(1)) return Buffer.from(bytes)
  const plain: number[] = []
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] as number
    plain.push(byte === 1 ? (bytes[++at] as number) - 1 : byte)
  }
  return Buffer.from(plain)
}

/** Returns the bytes of a double, the sign bit flipped; of a negative one all bits. */
function sortable(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleBE(value === 0 ? 0 : value)
  return flipped(bytes, ((bytes[0] as number) & 0x80) !== 0)
}

function fromSortable(bytes: Buffer): number {
  return flipped(bytes, ((bytes[0] as number) & 0x80) === 0).readDoubleBE()
}

function flipped(bytes: Buffer, all: boolean): Buffer {
  return Buffer.from(bytes.map((byte, at) => byte ^ (all ? 0xff : at === 0 ? 0x80 : 0)))
}
