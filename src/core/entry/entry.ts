import { crc32 } from 'node:zlib'
import { STAMP_LENGTH, stampKind, stampTime } from '../../stores/store.ts'
import type { TagVersion } from '../tags/tag-versions.ts'
import {
  type EntryHead,
  type EntryHole,
  readHeads,
  readHoles,
  readTags,
  writeHeads,
  writeHoles,
  writeTags,
} from './entry-fields.ts'
import { takeEntryMemory } from './entry-memory.ts'
import type { Expirations } from './lifetime.ts'

/**
 * The stored form of an entry, after the stamp that the store makes:
 *
 *     0   4  checksum, over all of the header after it, and the key
 *     4   4  length of the body
 *     8  24  fresh, revalidate, on error: three doubles, ms from the time of the stamp, or Infinity
 *    32   4  cost: a float, ms
 *    36   1  format version
 *    37   1  flags, none yet
 *    38   4  length of the header, fields included
 *    42      fields: number (1), length (4), bytes
 *            the body, to the end
 *
 * Numbers are big-endian. An entry with an unknown field, flag or version is none.
 *
 * From byte 36 on the headers of one place are equal: its *shape*. The first is parsed, and the
 * others are compared with it.
 */
const VERSION = 2
const BODY_LENGTH = 4
const TIMES = 8
const COST = 32
const SHAPE = 36
const LENGTH = 38
const FIXED = 42
const FIELD_PROVENANCE = 1
const FIELD_TAGS = 2
const FIELD_HOLES = 3
const FIELD_VERSION = 4
const FIELD_HEADS = 5
const FIELD_BINDINGS = 6

/** Fields of an entry that entries of one place have in common. */
export interface EntryFields {
  /** Templates that it was made of, see {@link encodeProvenance}; of a value a constant. */
  readonly provenance: string
  /** The versions of its tags, those of fragments inside it included. */
  readonly tags: readonly TagVersion[]
  /** Nodes that are rendered for each request, in the order of the body. */
  readonly holes: readonly EntryHole[]
  /** Versions of those parts of its key that have one; '' if none has. */
  readonly version: string
  /** Parts that it adds to the page's HTML head. */
  readonly heads: readonly EntryHead[]
  /** The code that its body took from the page around it, see `Bindings`; '' if it took none. */
  readonly bindings: string
}

/** The fields of an entry that is nothing but its body. */
export const PLAIN = { tags: [], holes: [], version: '', heads: [], bindings: '' } as const

/** A parsed entry. */
export interface Entry extends EntryFields {
  /** The store's time at which it expires. */
  readonly freshUntil: number
  /** Until when it may be shown while it is refreshed, and where that fails. */
  readonly revalidateUntil: number
  readonly errorUntil: number
  /** The store's time at which it was written, in ms. */
  readonly writtenAt: number
  /** Time that it took to load and to render, in ms. */
  readonly cost: number
  /** All of its bytes, which begin with its stamp. */
  readonly stamp: Buffer
  readonly body: Buffer
  /** The result of a lookup that finds it fresh: the same for all pages, where it is a copy. */
  hit?: object | undefined
}

/** The header of an entry from its version on. */
interface Shape extends EntryFields {
  readonly bytes: Buffer
  readonly crc: number
}

/** The shape that was parsed last, by place. */
const shapes = new WeakMap<object, Shape>()

/**
 * Parses an entry; undefined if the bytes are no entry of this key in a known form.
 * @param place see {@link EntryFields}
 * @param writtenAt the store's time from which its lifetime counts
 */
export function readEntry(key: string, value: Buffer, place: object, writtenAt?: number): Entry | undefined {
  if (value.length < STAMP_LENGTH + FIXED || stampKind(value) !== 'entry') return undefined
  const from = STAMP_LENGTH + SHAPE
  const end = STAMP_LENGTH + value.readUInt32BE(STAMP_LENGTH + LENGTH)
  const bodyLength = value.readUInt32BE(STAMP_LENGTH + BODY_LENGTH)
  if (end < STAMP_LENGTH + FIXED || value.length !== end + bodyLength) return undefined
  let shape = shapes.get(place)
  if (!shape || value.compare(shape.bytes, 0, shape.bytes.length, from, end) !== 0) {
    shape = readShape(value.subarray(from, end))
    if (!shape) return undefined
    shapes.set(place, shape)
  }
  if (value.readUInt32BE(STAMP_LENGTH) !== checksum(shape.crc, key, value, STAMP_LENGTH)) return undefined
  const last = shape.holes.at(-1)
  if (last && last.at > bodyLength) return undefined
  return new ReadEntry(value, end, shape, writtenAt ?? stampTime(value))
}

/**
 * A parsed entry. A class, as one is created for each hit (see `Values#addHole`). It reads
 * only those fields of the header that every hit needs.
 */
class ReadEntry implements Entry {
  readonly freshUntil: number
  readonly cost: number
  readonly tags: readonly TagVersion[]
  readonly holes: readonly EntryHole[]
  readonly heads: readonly EntryHead[]
  readonly provenance: string
  readonly version: string
  readonly bindings: string
  readonly stamp: Buffer
  readonly body: Buffer
  hit: object | undefined = undefined
  readonly writtenAt: number

  /**
   * @param end where the header of the entry ends
   * @param since the store's time from which its lifetime counts
   */
  constructor(value: Buffer, end: number, shape: Shape, since: number) {
    this.freshUntil = since + value.readDoubleBE(STAMP_LENGTH + TIMES)
    this.cost = value.readFloatBE(STAMP_LENGTH + COST)
    this.tags = shape.tags
    this.holes = shape.holes
    this.heads = shape.heads
    this.stamp = value
    this.body = value.subarray(end)
    this.provenance = shape.provenance
    this.version = shape.version
    this.bindings = shape.bindings
    this.writtenAt = since
  }

  get revalidateUntil(): number {
    return this.writtenAt + this.stamp.readDoubleBE(STAMP_LENGTH + TIMES + 8)
  }

  get errorUntil(): number {
    return this.writtenAt + this.stamp.readDoubleBE(STAMP_LENGTH + TIMES + 16)
  }
}

/** Returns how long an entry may be shown from `now` on, in ms. */
export function expirationsOf(entry: Entry, now: number): Expirations {
  const { freshUntil, revalidateUntil, errorUntil } = entry
  return { fresh: freshUntil - now, revalidate: revalidateUntil - now, onError: errorUntil - now }
}

function readShape(view: Buffer): Shape | undefined {
  if (view[0] !== VERSION || view[1] !== 0) return undefined
  // A copy: what the store returned may be a view into all that its socket has read.
  const bytes = Buffer.from(view)
  let provenance: string | undefined
  let tags: readonly TagVersion[] | undefined = []
  let holes: readonly EntryHole[] | undefined = []
  let version = ''
  let heads: readonly EntryHead[] | undefined = []
  let bindings = ''
  let at = FIXED - SHAPE
  while (at + 5 <= bytes.length) {
    const next = at + 5 + bytes.readUInt32BE(at + 1)
    if (next > bytes.length) return undefined
    const field = bytes.subarray(at + 5, next)
    if (bytes[at] === FIELD_PROVENANCE) provenance = field.toString()
    else if (bytes[at] === FIELD_TAGS) tags = readTags(field)
    else if (bytes[at] === FIELD_HOLES) holes = readHoles(field)
    else if (bytes[at] === FIELD_VERSION) version = field.toString()
    else if (bytes[at] === FIELD_HEADS) heads = readHeads(field)
    else if (bytes[at] === FIELD_BINDINGS) bindings = field.toString()
    else return undefined
    at = next
  }
  if (at !== bytes.length || provenance === undefined || !tags || !holes || !heads) return undefined
  return { bytes, crc: crc32(bytes), provenance, tags, holes, version, heads, bindings }
}

/** A body that is encoded in place, into its entry. */
export interface Body {
  readonly size: number
  writeTo(target: Buffer, at: number): number
}

/** Header that is written before the body. */
export interface EntryHeader extends EntryFields {
  readonly ends: Expirations
  /** Time that it took to load and to render, in ms. */
  readonly cost: number
}

export function writeEntry(key: string, body: Body, header: EntryHeader): Buffer {
  const { ends, cost } = header
  const shape = shapeOf(header)
  const { size } = body
  const headerLength = SHAPE + shape.bytes.length
  const value = takeEntryMemory(headerLength + size)
  value.writeUInt32BE(size, BODY_LENGTH)
  value.writeDoubleBE(ends.fresh, TIMES)
  value.writeDoubleBE(ends.revalidate, TIMES + 8)
  value.writeDoubleBE(ends.onError, TIMES + 16)
  value.writeFloatBE(cost, COST)
  shape.bytes.copy(value, SHAPE)
  value.writeUInt32BE(checksum(shape.crc, key, value, 0), 0)
  body.writeTo(value, headerLength)
  return value
}

/** A shape to write. */
interface Written {
  readonly bytes: Buffer
  readonly crc: number
}

/** Shapes of entries that have provenance only. */
const plainShapes = new Map<string, Written>()
const MAX_SHAPES = 100

function shapeOf({ provenance, tags, holes, version, heads, bindings }: EntryHeader): Written {
  const plain =
    tags.length === 0 && holes.length === 0 && version === '' && heads.length === 0 && bindings === ''
  const known = plain ? plainShapes.get(provenance) : undefined
  if (known) return known
  const fields: [number, Buffer][] = [[FIELD_PROVENANCE, Buffer.from(provenance)]]
  if (tags.length > 0) fields.push([FIELD_TAGS, writeTags(tags)])
  if (holes.length > 0) fields.push([FIELD_HOLES, writeHoles(holes)])
  if (version !== '') fields.push([FIELD_VERSION, Buffer.from(version)])
  if (heads.length > 0) fields.push([FIELD_HEADS, writeHeads(heads)])
  if (bindings !== '') fields.push([FIELD_BINDINGS, Buffer.from(bindings)])
  const length = fields.reduce((sum, [, field]) => sum + 5 + field.length, FIXED)
  const bytes = Buffer.allocUnsafe(length - SHAPE)
  bytes[0] = VERSION
  bytes[1] = 0
  bytes.writeUInt32BE(length, LENGTH - SHAPE)
  let at = FIXED - SHAPE
  for (const [number, field] of fields) {
    bytes[at] = number
    bytes.writeUInt32BE(field.length, at + 1)
    at += 5 + field.copy(bytes, at + 5)
  }
  const written = { bytes, crc: crc32(bytes) }
  if (plain && plainShapes.size >= MAX_SHAPES) plainShapes.clear()
  if (plain) plainShapes.set(provenance, written)
  return written
}

/**
 * FNV-1a (draft-eastlake-fnv) over the key and the header up to its shape, word by word, seeded
 * with the CRC-32 of the shape. FNV is fast for a short text, CRC for many bytes, once for a place.
 */
function checksum(crc: number, key: string, value: Buffer, header: number): number {
  let hash = crc
  for (let n = 0; n < key.length; n++) hash = Math.imul(hash ^ key.charCodeAt(n), FNV_PRIME)
  for (let at = header + BODY_LENGTH; at < header + SHAPE; at += 4)
    hash = Math.imul(hash ^ value.readUInt32BE(at), FNV_PRIME)
  return hash >>> 0
}

const FNV_PRIME = 0x01000193
