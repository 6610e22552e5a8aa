import { createHash } from 'node:crypto'
import { STAMP_LENGTH, stampTime } from '../store.ts'

/**
 * Format of a record: time of expiry (8 bytes, a double, ms since 1970), length of the key (4; 0 if
 * the key of LMDB is complete), the key, stamp and value.
 *
 * A key of LMDB is the byte 0 and the key in UTF-8; if that is too long for LMDB (1,978 bytes), the
 * byte 1, the beginning of the key, and its SHA-256.
 */
const EXPIRES = 0
const KEY_LENGTH = 8
const FIXED = 12

const WHOLE = 0
const CUT = 1
const LONGEST = 1_500
const KEPT = 1_000

export function toLmdbKey(key: string): Buffer {
  const text = Buffer.from(key)
  if (text.length <= LONGEST) return Buffer.concat([Buffer.of(WHOLE), text])
  return Buffer.concat([Buffer.of(CUT), text.subarray(0, KEPT), createHash('sha256').update(text).digest()])
}

/** Returns the ranges of LMDB's keys that begin with `prefix`. */
export function rangesOf(prefix: string): { readonly start: Buffer; readonly end: Buffer }[] {
  const text = Buffer.from(prefix)
  return [
    Buffer.concat([Buffer.of(WHOLE), text]),
    Buffer.concat([Buffer.of(CUT), text.subarray(0, KEPT)]),
  ].map((start) => ({
    start,
    end: Buffer.concat([start, END]),
  }))
}

/** Does not occur in UTF-8. */
const END = Buffer.of(0xff)

export function writeRecord(key: string, lmdbKey: Buffer, expires: number, parts: readonly Buffer[]): Buffer {
  const name = lmdbKey[0] === CUT ? Buffer.from(key) : NONE
  const start = Buffer.allocUnsafe(FIXED)
  start.writeDoubleBE(expires, EXPIRES)
  start.writeUInt32BE(name.length, KEY_LENGTH)
  return Buffer.concat([start, name, ...parts])
}

const NONE = Buffer.alloc(0)

/** Returns when a record expires; NaN for bytes that are not a record. */
export function expiresOf(record: Buffer): number {
  if (record.length < FIXED + STAMP_LENGTH) return Number.NaN
  return record.readDoubleBE(EXPIRES)
}

export function withExpires(record: Buffer, expires: number): Buffer {
  const changed = Buffer.from(record)
  changed.writeDoubleBE(expires, EXPIRES)
  return changed
}

/** Returns stamp and value. */
export function bytesOf(record: Buffer): Buffer {
  return record.subarray(FIXED + record.readUInt32BE(KEY_LENGTH))
}

/** Returns the complete key. */
export function keyOf(lmdbKey: Buffer, record: Buffer): string {
  const length = record.readUInt32BE(KEY_LENGTH)
  return length === 0 ? lmdbKey.toString('utf8', 1) : record.toString('utf8', FIXED, FIXED + length)
}

/** Returns true for a version or a tombstone, without which old content could come back. */
export function isBare(record: Buffer): boolean {
  return bytesOf(record).length === STAMP_LENGTH
}

export function writtenAt(record: Buffer): number {
  return stampTime(bytesOf(record))
}
