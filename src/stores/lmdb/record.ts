import { createHash } from 'node:crypto'
import { STAMP_LENGTH, stampTime } from '../store.ts'

/**
 * What is kept: when it ends (8 bytes, a double, milliseconds since 1970), the length of the key (4; 0 where LMDB's own key
 * has all of it), the key, and head and value.
 *
 * A key is `0`, and its UTF-8; where that is too long for LMDB (1,978 bytes) `1`, its beginning, and a SHA-256 of it.
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

/** Where the keys that begin with a text stand: from, and before. */
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

/** UTF-8 has no such byte. */
const END = Buffer.of(0xff)

export function writeRecord(key: string, lmdbKey: Buffer, expires: number, parts: readonly Buffer[]): Buffer {
  const name = lmdbKey[0] === CUT ? Buffer.from(key) : NONE
  const start = Buffer.allocUnsafe(FIXED)
  start.writeDoubleBE(expires, EXPIRES)
  start.writeUInt32BE(name.length, KEY_LENGTH)
  return Buffer.concat([start, name, ...parts])
}

const NONE = Buffer.alloc(0)

/** Whether this is a record at all, and when it ends. NaN: it is none. */
export function expiresOf(record: Buffer): number {
  if (record.length < FIXED + STAMP_LENGTH) return Number.NaN
  return record.readDoubleBE(EXPIRES)
}

export function withExpires(record: Buffer, expires: number): Buffer {
  const changed = Buffer.from(record)
  changed.writeDoubleBE(expires, EXPIRES)
  return changed
}

/** Head and value. */
export function bytesOf(record: Buffer): Buffer {
  return record.subarray(FIXED + record.readUInt32BE(KEY_LENGTH))
}

/** The key as it was given. */
export function keyOf(lmdbKey: Buffer, record: Buffer): string {
  const length = record.readUInt32BE(KEY_LENGTH)
  return length === 0 ? lmdbKey.toString('utf8', 1) : record.toString('utf8', FIXED, FIXED + length)
}

/** A version or a tombstone, without which old content could come back. */
export function isBare(record: Buffer): boolean {
  return bytesOf(record).length === STAMP_LENGTH
}

export function writtenAt(record: Buffer): number {
  return stampTime(bytesOf(record))
}
