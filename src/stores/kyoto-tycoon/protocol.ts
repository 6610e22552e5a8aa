import type { PipelinedConnection, Protocol } from '../network/pipelined-connection.ts'

/** First bytes of requests and replies of the binary protocol, whose numbers are big-endian. */
const SET_BULK = 0xb8
const REMOVE_BULK = 0xb9
const GET_BULK = 0xba
const ERROR = 0xbf

/** Time of expiry of a new record that never expires. */
const NEVER = 0x7fff_ffff_ffff_ffffn
/** Time of expiry that the server returns for such a record, and for all above 2^40 - 1 seconds. */
const ANSWERED_NEVER = 0xff_ffff_ffff

/** A record that was read. */
export interface FoundRecord {
  readonly key: Buffer
  readonly value: Buffer
  /** In seconds since 1970, or Infinity. */
  readonly expires: number
}

export interface NewRecord {
  readonly key: Buffer
  readonly value: Buffer
  /** Seconds from now, or Infinity. A record of N seconds expires after N to N + 1. */
  readonly seconds: number
}

export function setBulk(database: number, records: readonly NewRecord[]): Buffer {
  const parts = [begin(SET_BULK, records.length)]
  for (const { key, value, seconds } of records) {
    const header = Buffer.allocUnsafe(18)
    header.writeUInt16BE(database, 0)
    header.writeUInt32BE(key.length, 2)
    header.writeUInt32BE(value.length, 6)
    header.writeBigInt64BE(Number.isFinite(seconds) ? BigInt(seconds) : NEVER, 10)
    parts.push(header, key, value)
  }
  return Buffer.concat(parts)
}

export function getBulk(database: number, keys: readonly Buffer[]): Buffer {
  return withKeys(GET_BULK, database, keys)
}

export function removeBulk(database: number, keys: readonly Buffer[]): Buffer {
  return withKeys(REMOVE_BULK, database, keys)
}

function withKeys(magic: number, database: number, keys: readonly Buffer[]): Buffer {
  const parts = [begin(magic, keys.length)]
  for (const key of keys) {
    const header = Buffer.allocUnsafe(6)
    header.writeUInt16BE(database, 0)
    header.writeUInt32BE(key.length, 2)
    parts.push(header, key)
  }
  return Buffer.concat(parts)
}

function begin(magic: number, count: number): Buffer {
  const header = Buffer.alloc(9)
  header[0] = magic
  header.writeUInt32BE(count, 5)
  return header
}

export interface Reply {
  /** Number of records that were stored, removed or found. */
  readonly count: number
  readonly records: readonly FoundRecord[]
  /** Bytes of the reply. */
  readonly length: number
}

/**
 * Reads the reply to a request that began with `magic`.
 *
 * @returns undefined while bytes are missing; an Error where they are not a reply, so that what
 * follows cannot be read either
 */
export function readReply(magic: number, bytes: Buffer): Reply | Error | undefined {
  if (bytes.length === 0) return undefined
  if (bytes[0] === ERROR) return new Error('it refused the request')
  if (bytes[0] !== magic) return new Error(`it answered with the byte ${bytes[0]?.toString(16)}`)
  if (bytes.length < 5) return undefined
  const count = bytes.readUInt32BE(1)
  let at = 5
  const records: FoundRecord[] = []
  for (let n = 0; magic === GET_BULK && n < count; n++) {
    if (bytes.length < at + 18) return undefined
    const keySize = bytes.readUInt32BE(at + 2)
    const valueSize = bytes.readUInt32BE(at + 6)
    const expires = Number(bytes.readBigInt64BE(at + 10))
    at += 18
    if (bytes.length < at + keySize + valueSize) return undefined
    records.push({
      key: bytes.subarray(at, at + keySize),
      value: bytes.subarray(at + keySize, at + keySize + valueSize),
      expires: expires >= ANSWERED_NEVER ? Number.POSITIVE_INFINITY : expires,
    })
    at += keySize + valueSize
  }
  return { count, records, length: at }
}

export type Connection = PipelinedConnection<number, Reply>

/** A request is identified by its first byte. */
export const BINARY: Protocol<number, Reply> = {
  name: 'Kyoto Tycoon',
  read(bytes, magic) {
    const reply = readReply(magic, bytes)
    return reply === undefined || reply instanceof Error ? reply : { answer: reply, length: reply.length }
  },
}
