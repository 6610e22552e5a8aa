import { crc32 } from 'node:zlib'
import { HEAD_LENGTH, headClock, headKind } from '../stores/store.ts'
import type { TagVersion } from './tags.ts'

/**
 * The stored form of a fragment, after the head that the store makes:
 *
 *     0   4  checksum, over all of the header after it, and the key
 *     4   4  length of the body
 *     8   1  format version
 *     9   1  flags, none yet
 *    10   2  length of the header, fields included
 *    12  24  fresh, revalidate, on error: three doubles, milliseconds from the head's clock
 *    36      fields: number (1), length (2), bytes
 *            the body, to the end
 *
 * Numbers are big-endian. A reader that meets a field, a flag or a version that it does not know has no entry.
 *
 * From byte 8 on the headers of one place are alike, card by card: its *shape*. So a reader takes apart the first
 * of them, and compares the others.
 */
const VERSION = 1
const SHAPE = 8
const FIXED = 36
const FIELD_MADE_OF = 1
const FIELD_TAGS = 2

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
  /** The versions of its tags, those of fragments inside it included. */
  readonly tags: readonly TagVersion[]
  /** The bytes that it was read from, which begin with its head. */
  readonly head: Buffer
  readonly body: Buffer
}

/** What the header of an entry says, but for its checksum and the length of the body. */
interface Shape {
  readonly bytes: Buffer
  readonly crc: number
  /** Milliseconds. */
  readonly fresh: number
  readonly madeOf: string
  readonly tags: readonly TagVersion[]
}

/** The shape that was read last, by place. */
const shapes = new WeakMap<object, Shape>()

/**
 * @param place where the entry is to go
 * @returns `undefined`: the bytes are no entry for this key that this version can read
 */
export function readEntry(key: string, value: Buffer, place: object): Entry | undefined {
  if (value.length < HEAD_LENGTH + FIXED || headKind(value) !== 'entry') return undefined
  const from = HEAD_LENGTH + SHAPE
  const end = HEAD_LENGTH + value.readUInt16BE(HEAD_LENGTH + 10)
  const bodyLength = value.readUInt32BE(HEAD_LENGTH + 4)
  if (end < HEAD_LENGTH + FIXED || value.length !== end + bodyLength) return undefined
  let shape = shapes.get(place)
  if (!shape || value.compare(shape.bytes, 0, shape.bytes.length, from, end) !== 0) {
    shape = readShape(value.subarray(from, end))
    if (!shape) return undefined
    shapes.set(place, shape)
  }
  if (value.readUInt32BE(HEAD_LENGTH) !== checksum(shape.crc, bodyLength, key)) return undefined
  const { fresh, madeOf, tags } = shape
  return { freshUntil: headClock(value) + fresh, madeOf, tags, head: value, body: value.subarray(end) }
}

function readShape(view: Buffer): Shape | undefined {
  if (view[0] !== VERSION || view[1] !== 0) return undefined
  // A copy: what the store gave may be a view into all that the socket delivered.
  const bytes = Buffer.from(view)
  let madeOf: string | undefined
  let tags: readonly TagVersion[] | undefined = []
  let at = FIXED - SHAPE
  while (at + 3 <= bytes.length) {
    const next = at + 3 + bytes.readUInt16BE(at + 1)
    if (next > bytes.length) return undefined
    const field = bytes.subarray(at + 3, next)
    if (bytes[at] === FIELD_MADE_OF) madeOf = field.toString()
    else if (bytes[at] === FIELD_TAGS) tags = readTags(field)
    else return undefined
    at = next
  }
  if (at !== bytes.length || madeOf === undefined || tags === undefined) return undefined
  return { bytes, crc: crc32(bytes), fresh: bytes.readDoubleBE(12 - SHAPE), madeOf, tags }
}

/** Each tag: the length of its name (2), the name, the head of its version. */
function readTags(field: Buffer): TagVersion[] | undefined {
  const tags: TagVersion[] = []
  let at = 0
  while (at + 2 <= field.length) {
    const end = at + 2 + field.readUInt16BE(at)
    if (end + HEAD_LENGTH > field.length) return undefined
    tags.push([field.toString('utf8', at + 2, end), field.subarray(end, end + HEAD_LENGTH)])
    at = end + HEAD_LENGTH
  }
  return at === field.length ? tags : undefined
}

function writeTags(tags: readonly TagVersion[]): Buffer {
  return Buffer.concat(
    tags.flatMap(([tag, head]) => {
      const name = Buffer.from(tag)
      const length = Buffer.alloc(2)
      length.writeUInt16BE(name.length)
      return [length, name, head]
    }),
  )
}

/** A body that is written into its entry: its HTML is encoded once, where it is to be. */
export interface Body {
  readonly size: number
  writeTo(target: Buffer, at: number): number
}

/** What an entry says of itself. */
export interface EntryHeader {
  /** Milliseconds that it is fresh. */
  readonly ttl: number
  /** What {@link encodeMadeOf} gave. */
  readonly madeOf: string
  readonly tags: readonly TagVersion[]
}

/** `undefined`: it is made of more templates, or has more tags, than a header holds. */
export function writeEntry(key: string, body: Body, { ttl, madeOf, tags }: EntryHeader): Buffer | undefined {
  const fields: [number, Buffer][] = [[FIELD_MADE_OF, Buffer.from(madeOf)]]
  if (tags.length > 0) fields.push([FIELD_TAGS, writeTags(tags)])
  const headerLength = fields.reduce((length, [, field]) => length + 3 + field.length, FIXED)
  if (headerLength > 0xffff) return undefined
  const { size } = body
  const value = Buffer.allocUnsafe(headerLength + size)
  value.writeUInt32BE(size, 4)
  value[8] = VERSION
  value[9] = 0
  value.writeUInt16BE(headerLength, 10)
  for (const at of [12, 20, 28]) value.writeDoubleBE(ttl, at)
  let at = FIXED
  for (const [number, field] of fields) {
    value[at] = number
    value.writeUInt16BE(field.length, at + 1)
    at += 3 + field.copy(value, at + 3)
  }
  const crc = crc32(value.subarray(SHAPE, headerLength))
  value.writeUInt32BE(checksum(crc, size, key), 0)
  body.writeTo(value, headerLength)
  return value
}

/**
 * FNV-1a (draft-eastlake-fnv) over the key and the length of the body, begun with the CRC-32 of the shape: the
 * one is quick for a short text, the other for many bytes, and has to be made once for all entries of a place.
 */
function checksum(crc: number, bodyLength: number, key: string): number {
  let hash = crc
  for (let n = 0; n < key.length; n++) hash = Math.imul(hash ^ key.charCodeAt(n), FNV_PRIME)
  for (let shift = 0; shift < 32; shift += 8)
    hash = Math.imul(hash ^ ((bodyLength >>> shift) & 0xff), FNV_PRIME)
  return hash >>> 0
}

const FNV_PRIME = 0x01000193

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
