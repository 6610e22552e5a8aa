import { crc32 } from 'node:zlib'
import { HEAD_LENGTH, headClock, headKind } from '../stores/store.ts'

/**
 * The stored form of a fragment, after the head that the store makes:
 *
 *     0   4  checksum: CRC-32 of the key and of the header after these four bytes
 *     4   1  format version
 *     5   1  flags, none yet
 *     6   2  length of the header, fields included
 *     8   4  length of the body
 *    12  24  fresh, revalidate, on error: three doubles, milliseconds from the head's clock
 *    36      fields: number (1), length (2), bytes
 *            the body, to the end
 *
 * Numbers are big-endian. A reader that meets a field, a flag or a version that it does not know has no entry.
 */
const VERSION = 1
const FIXED = 36
const CHECKSUM = 4
const FIELD_MADE_OF = 1

/** What an entry was made of. */
export interface MadeOf {
  /** Digest of the options that shape output. */
  readonly engine: string
  /** The place's id and the digest of the template that it stands in. */
  readonly place: string
  readonly placeDigest: string
  /** Templates whose code ran in the body, each with its digest. */
  readonly templates: readonly (readonly [name: string, digest: string])[]
}

/** An entry that was read. */
export interface Entry {
  /** The store's time at which it stops being fresh. */
  readonly freshUntil: number
  /** What it was made of, in the form that {@link encodeMadeOf} gives. */
  readonly madeOf: string
  readonly body: Buffer
}

/** `undefined`: the bytes are no entry for this key that this version can read. */
export function readEntry(key: string, value: Buffer): Entry | undefined {
  const at = HEAD_LENGTH
  if (value.length < at + FIXED || headKind(value) !== 'entry') return undefined
  if (value[at + 4] !== VERSION || value[at + 5] !== 0) return undefined
  const headerLength = value.readUInt16BE(at + 6)
  const end = at + headerLength
  if (headerLength < FIXED || value.length !== end + value.readUInt32BE(at + 8)) return undefined
  if (value.readUInt32BE(at) !== checksum(key, value.subarray(at + CHECKSUM, end))) return undefined
  const madeOf = readFields(value, at + FIXED, end)
  if (madeOf === undefined) return undefined
  return { freshUntil: headClock(value) + value.readDoubleBE(at + 12), madeOf, body: value.subarray(end) }
}

/** The one field there is. */
function readFields(value: Buffer, from: number, end: number): string | undefined {
  let madeOf: string | undefined
  let at = from
  while (at + 3 <= end) {
    const length = value.readUInt16BE(at + 1)
    const next = at + 3 + length
    if (value[at] !== FIELD_MADE_OF || next > end) return undefined
    madeOf = value.toString('utf8', at + 3, next)
    at = next
  }
  return at === end ? madeOf : undefined
}

/** @param ttl milliseconds that it is fresh. `undefined`: it is made of more templates than a header holds. */
export function writeEntry(key: string, body: Buffer, ttl: number, madeOf: string): Buffer | undefined {
  const fieldLength = Buffer.byteLength(madeOf)
  const headerLength = FIXED + 3 + fieldLength
  if (headerLength > 0xffff) return undefined
  const value = Buffer.allocUnsafe(headerLength + body.length)
  value[4] = VERSION
  value[5] = 0
  value.writeUInt16BE(headerLength, 6)
  value.writeUInt32BE(body.length, 8)
  for (const at of [12, 20, 28]) value.writeDoubleBE(ttl, at)
  value[FIXED] = FIELD_MADE_OF
  value.writeUInt16BE(fieldLength, FIXED + 1)
  value.write(madeOf, FIXED + 3)
  value.writeUInt32BE(checksum(key, value.subarray(CHECKSUM, headerLength)), 0)
  body.copy(value, headerLength)
  return value
}

function checksum(key: string, header: Buffer): number {
  return crc32(header, crc32(key))
}

/** One line each: engine, place, its digest, then names and digests of templates in turn. */
export function encodeMadeOf({ engine, place, placeDigest, templates }: MadeOf): string {
  return [engine, place, placeDigest, ...templates.flat()].map(escapeLine).join('\n')
}

export function decodeMadeOf(text: string): MadeOf {
  const [engine = '', place = '', placeDigest = '', ...rest] = text.split('\n').map(unescapeLine)
  const templates: [string, string][] = []
  for (let n = 0; n + 1 < rest.length; n += 2) templates.push([rest[n] as string, rest[n + 1] as string])
  return { engine, place, placeDigest, templates }
}

function escapeLine(text: string): string {
  return /[\n%]/.test(text) ? text.replaceAll('%', '%25').replaceAll('\n', '%0A') : text
}

function unescapeLine(text: string): string {
  return text.includes('%') ? text.replaceAll('%0A', '\n').replaceAll('%25', '%') : text
}
