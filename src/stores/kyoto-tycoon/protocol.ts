import type { PipelinedConnection, Protocol } from '../network/pipelined-connection.ts'

/** The binary protocol of Kyoto Tycoon (its specification, "Binary Protocol"). All numbers are big-endian. */
export const SET_BULK = 0xb8
export const REMOVE_BULK = 0xb9
export const GET_BULK = 0xba
const ERROR = 0xbf

/** An expiration time that never comes. */
const NEVER = 0x7fff_ffff_ffff_ffffn
/** What a record without end is answered with, and all above 2^40 - 1 seconds. */
const ANSWERED_NEVER = 0xff_ffff_ffff

/** A record as it was read; `expires` is a second since 1970, or Infinity. */
export interface FoundRecord {
  readonly key: Buffer
  readonly value: Buffer
  readonly expires: number
}

export interface NewRecord {
  readonly key: Buffer
  readonly value: Buffer
  /** Seconds from now, or Infinity. */
  readonly seconds: number
}

export function setBulk(database: number, records: readonly NewRecord[]): Buffer {
  const parts = [begin(SET_BULK, records.length)]
  for (const { key, value, seconds } of records) {
    const head = Buffer.allocUnsafe(18)
    head.writeUInt16BE(database, 0)
    head.writeUInt32BE(key.length, 2)
    head.writeUInt32BE(value.length, 6)
    head.writeBigInt64BE(Number.isFinite(seconds) ? BigInt(seconds) : NEVER, 10)
    parts.push(head, key, value)
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
    const head = Buffer.allocUnsafe(6)
    head.writeUInt16BE(database, 0)
    head.writeUInt32BE(key.length, 2)
    parts.push(head, key)
  }
  return Buffer.concat(parts)
}

function begin(magic: number, count: number): Buffer {
  const head = Buffer.alloc(9)
  head[0] = magic
  head.writeUInt32BE(count, 5)
  return head
}

export interface Reply {
  /** How many records were stored, removed or found. */
  readonly count: number
  readonly records: readonly FoundRecord[]
  /** How many bytes it took. */
  readonly length: number
}

/**
 * Reads the reply to a request that began with `magic`.
 * @returns undefined: it is not all there; an Error: it is none, and what comes after cannot be told either
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

/** What is asked is known by its first byte. */
export const BINARY: Protocol<number, Reply> = {
  name: 'Kyoto Tycoon',
  read(bytes, magic) {
    const reply = readReply(magic, bytes)
    return reply === undefined || reply instanceof Error ? reply : { answer: reply, length: reply.length }
  },
}
