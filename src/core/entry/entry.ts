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
import type { Expirations } from './lifetime.ts'

/**
 * The stored form of a fragment, after the head that the store makes:
 *
 *     0   4  checksum, over all of the header after it, and the key
 *     4   4  length of the body
 *     8  24  fresh, revalidate, on error: three doubles, milliseconds from the head's clock; Infinity: without end
 *    32   4  what it cost to make: a float, milliseconds
 *    36   1  format version
 *    37   1  flags, none yet
 *    38   4  length of the header, fields included
 *    42      fields: number (1), length (4), bytes
 *            the body, to the end
 *
 * Numbers are big-endian. A reader that meets a field, a flag or a version that it does not know has no entry.
 *
 * From byte 36 on the headers of one place are alike, card by card: its *shape*. So a reader takes apart the first
 * of them, and compares the others.
 */
const VERSION = 2
const BODY_LENGTH = 4
const TIMES = 8
const COST = 32
const SHAPE = 36
const LENGTH = 38
const FIXED = 42
const FIELD_MADE_OF = 1
const FIELD_TAGS = 2
const FIELD_HOLES = 3
const FIELD_VERSION = 4
const FIELD_HEADS = 5
const FIELD_BINDINGS = 6

/** An entry that was read. */
export interface Entry {
  /** The store's time at which it stops being fresh. */
  readonly freshUntil: number
  /** Until when it may be shown while it is rendered anew, and where that fails. */
  readonly revalidateUntil: number
  readonly errorUntil: number
  /** Milliseconds that it took to load and to render. */
  readonly cost: number
  /** What it was made of, in the form that {@link encodeMadeOf} gives. */
  readonly provenance: string
  /** The versions of its tags, those of fragments inside it included. */
  readonly tags: readonly TagVersion[]
  /** What is rendered for each request, in the order in which it stands in the body. */
  readonly holes: readonly EntryHole[]
  /** Of the parts of its key that bring one; '' where none does. */
  readonly version: string
  /** What it adds to the page's head. */
  readonly heads: readonly EntryHead[]
  /** The code that its body took from the page around it, as `Bindings` tell it; '' where it took none. */
  readonly bindings: string
  /** The bytes that it was read from, which begin with its head. */
  readonly stamp: Buffer
  readonly body: Buffer
}

/** The header of an entry from its format version on. */
interface Shape {
  readonly bytes: Buffer
  readonly crc: number
  readonly madeOf: string
  readonly tags: readonly TagVersion[]
  readonly holes: readonly EntryHole[]
  readonly version: string
  readonly heads: readonly EntryHead[]
  readonly bindings: string
}

/** The shape that was read last, by place. */
const shapes = new WeakMap<object, Shape>()

/**
 * @param place where the entry is to go
 * @param writtenAt the store's time from which its life counts
 * @returns `undefined`: the bytes are no entry for this key that this version can read
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
 * An `Entry` that was read. A class, as one is created for each hit (see `Values#holes`). It reads
 * only those fields of the header that every hit needs.
 */
class ReadEntry implements Entry {
  readonly freshUntil: number
  readonly cost: number
  readonly tags: readonly TagVersion[]
  readonly holes: readonly EntryHole[]
  readonly heads: readonly EntryHead[]
  readonly stamp: Buffer
  readonly body: Buffer
  readonly #shape: Shape
  readonly #since: number

  /**
   * @param end where the header of the entry ends
   * @param since the store's time from which its life counts
   */
  constructor(value: Buffer, end: number, shape: Shape, since: number) {
    this.freshUntil = since + value.readDoubleBE(STAMP_LENGTH + TIMES)
    this.cost = value.readFloatBE(STAMP_LENGTH + COST)
    this.tags = shape.tags
    this.holes = shape.holes
    this.heads = shape.heads
    this.stamp = value
    this.body = value.subarray(end)
    this.#shape = shape
    this.#since = since
  }

  get revalidateUntil(): number {
    return this.#since + this.stamp.readDoubleBE(STAMP_LENGTH + TIMES + 8)
  }

  get errorUntil(): number {
    return this.#since + this.stamp.readDoubleBE(STAMP_LENGTH + TIMES + 16)
  }

  get provenance(): string {
    return this.#shape.madeOf
  }

  get version(): string {
    return this.#shape.version
  }

  get bindings(): string {
    return this.#shape.bindings
  }
}

function readShape(view: Buffer): Shape | undefined {
  if (view[0] !== VERSION || view[1] !== 0) return undefined
  // A copy: what the store gave may be a view into all that the socket delivered.
  const bytes = Buffer.from(view)
  let madeOf: string | undefined
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
    if (bytes[at] === FIELD_MADE_OF) madeOf = field.toString()
    else if (bytes[at] === FIELD_TAGS) tags = readTags(field)
    else if (bytes[at] === FIELD_HOLES) holes = readHoles(field)
    else if (bytes[at] === FIELD_VERSION) version = field.toString()
    else if (bytes[at] === FIELD_HEADS) heads = readHeads(field)
    else if (bytes[at] === FIELD_BINDINGS) bindings = field.toString()
    else return undefined
    at = next
  }
  if (
    at !== bytes.length ||
    madeOf === undefined ||
    tags === undefined ||
    holes === undefined ||
    heads === undefined
  ) {
    return undefined
  }
  return {
    bytes,
    crc: crc32(bytes),
    madeOf,
    tags,
    holes,
    version,
    heads,
    bindings,
  }
}

/** A body that is written into its entry: its HTML is encoded once, where it is to be. */
export interface Body {
  readonly size: number
  writeTo(target: Buffer, at: number): number
}

/** What an entry says of itself. */
export interface EntryHeader {
  readonly ends: Expirations
  /** Milliseconds that it took to load and to render. */
  readonly cost: number
  /** What {@link encodeMadeOf} gave. */
  readonly madeOf: string
  readonly tags: readonly TagVersion[]
  readonly holes: readonly EntryHole[]
  readonly version: string
  readonly heads: readonly EntryHead[]
  readonly bindings: string
}

export function writeEntry(key: string, body: Body, header: EntryHeader): Buffer {
  const { ends, cost } = header
  const shape = shapeOf(header)
  const { size } = body
  const headerLength = SHAPE + shape.bytes.length
  const value = Buffer.allocUnsafe(headerLength + size)
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

/** A shape as it is written. */
interface Written {
  readonly bytes: Buffer
  readonly crc: number
}

/** Shapes that say nothing but what they are made of: card by card they are the same. */
const plainShapes = new Map<string, Written>()
const MOST_SHAPES = 100

function shapeOf({ madeOf, tags, holes, version, heads, bindings }: EntryHeader): Written {
  const plain =
    tags.length === 0 && holes.length === 0 && version === '' && heads.length === 0 && bindings === ''
  const known = plain ? plainShapes.get(madeOf) : undefined
  if (known) return known
  const fields: [number, Buffer][] = [[FIELD_MADE_OF, Buffer.from(madeOf)]]
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
  if (plain && plainShapes.size >= MOST_SHAPES) plainShapes.clear()
  if (plain) plainShapes.set(madeOf, written)
  return written
}

/**
 * FNV-1a (draft-eastlake-fnv) over the key and the header up to its shape, word by word, begun with the CRC-32 of
 * the shape: the one is quick for a short text, the other for many bytes, and has to be made once for all entries of
 * a place.
 */
function checksum(crc: number, key: string, value: Buffer, header: number): number {
  let hash = crc
  for (let n = 0; n < key.length; n++) hash = Math.imul(hash ^ key.charCodeAt(n), FNV_PRIME)
  for (let at = header + BODY_LENGTH; at < header + SHAPE; at += 4)
    hash = Math.imul(hash ^ value.readUInt32BE(at), FNV_PRIME)
  return hash >>> 0
}

const FNV_PRIME = 0x01000193
