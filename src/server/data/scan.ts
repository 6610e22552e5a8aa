/**
 * The cursors of SCAN, HSCAN, SSCAN and ZSCAN.
 *
 * A cursor is a place in the order of the keys' hashes, so that the server keeps nothing for an
 * iteration: what is there from its begin to its end is returned, whatever is added and removed
 * meanwhile; what is there for a part of it may be returned. A command of a collection is
 *
 *     const cursor = readScanCursor(args[2] as string)
 *     const hash = database.readOf(args[1] as string, Hash)
 *     if (!hash) return scanReply(0, [])
 *     const { count, matches } = readScanOptions(args, 3)
 *     // Small collections are returned at once, as those of Redis: scan(fields, 0, Infinity).
 *     const page = scan(hash.fields, cursor, count)
 *     const items: string[] = []
 *     for (const field of page.keys) if (matches(field)) items.push(field, hash.fields.get(field))
 *     return scanReply(page.cursor, items)
 */
import { CommandError, NOT_AN_INTEGER, SYNTAX_ERROR } from '../command-error.ts'
import { bulk } from '../protocol/reply.ts'
import { globMatcher, type Matcher } from './glob.ts'
import { readInteger64 } from './numbers.ts'

/** A collection that can be scanned: a Map, a Set, or a collection with these members. */
export interface ScanSource {
  readonly size: number
  has(key: string): boolean
  keys(): Iterable<string>
}

/** A part of a collection. */
export interface ScanPage {
  /** Where the next part begins; 0 at the end. */
  readonly cursor: number
  readonly keys: readonly string[]
}

/** The options of a SCAN. */
export interface ScanOptions {
  /** About how many keys are looked at. */
  readonly count: number
  /** MATCH: true for every key without it. */
  readonly matches: Matcher
  /** TYPE of SCAN, in lower case. */
  readonly type: string | undefined
}

/** The keys of a collection by their hashes, as they were at one time. */
interface Snapshot {
  /** A bucket holds the keys whose hashes have this many first bits in common. */
  readonly bits: number
  /** Ordered by bucket. */
  readonly keys: readonly string[]
  /** Index of each bucket's first key, and the end. */
  readonly begins: Uint32Array
}

/**
 * The newest snapshot of collections that are being scanned. Each iteration takes one when it
 * begins, so the newest was taken after the begin of all that are under way: it holds each key that
 * is there from begin to end. It may be lost at any time; the next step takes another one.
 */
const SNAPSHOTS = new WeakMap<ScanSource, Snapshot>()

const HASHES = 2 ** 32

/**
 * Returns the next part of a collection.
 *
 * @param cursor 0 at the begin
 * @param count how many keys at least, if there are as many; Infinity for all of them
 */
export function scan(source: ScanSource, cursor: number, count: number): ScanPage {
  if (cursor >= HASHES) return { cursor: 0, keys: [] }
  if (source.size <= count) return { cursor: 0, keys: keysFrom(source, cursor) }
  let snapshot = cursor === 0 ? undefined : SNAPSHOTS.get(source)
  if (snapshot === undefined) {
    snapshot = takeSnapshot(source)
    SNAPSHOTS.set(source, snapshot)
  }
  const page = pageOf(snapshot, source, cursor, count)
  if (page.cursor === 0) SNAPSHOTS.delete(source)
  return page
}

function keysFrom(source: ScanSource, cursor: number): readonly string[] {
  if (cursor === 0) return [...source.keys()]
  const keys: string[] = []
  for (const key of source.keys()) if (hashOf(key) >= cursor) keys.push(key)
  return keys
}

function pageOf(snapshot: Snapshot, source: ScanSource, cursor: number, count: number): ScanPage {
  const { keys, begins, bits } = snapshot
  const width = 2 ** (32 - bits)
  const buckets = 2 ** bits
  const found: string[] = []
  let bucket = Math.floor(cursor / width)
  for (; bucket < buckets && found.length < count; bucket++) {
    const end = begins[bucket + 1] as number
    for (let n = begins[bucket] as number; n < end; n++) {
      const key = keys[n] as string
      // It may be gone since, or another snapshot had smaller buckets and has returned it.
      if (source.has(key) && hashOf(key) >= cursor) found.push(key)
    }
  }
  // The end is found now, rather than by one more step.
  while (bucket < buckets && begins[bucket] === keys.length) bucket++
  return { cursor: bucket === buckets ? 0 : bucket * width, keys: found }
}

function takeSnapshot(source: ScanSource): Snapshot {
  const bits = Math.min(24, Math.max(1, Math.ceil(Math.log2(source.size / 4))))
  const shift = 32 - bits
  const hashes = new Uint32Array(source.size)
  const begins = new Uint32Array(2 ** bits + 1)
  let n = 0
  for (const key of source.keys()) {
    const hash = hashOf(key)
    hashes[n++] = hash
    begins[(hash >>> shift) + 1] = (begins[(hash >>> shift) + 1] as number) + 1
  }
  for (let bucket = 1; bucket < begins.length; bucket++)
    begins[bucket] = (begins[bucket] as number) + (begins[bucket - 1] as number)
  const places = begins.slice()
  const keys = new Array<string>(source.size)
  n = 0
  for (const key of source.keys()) {
    const bucket = (hashes[n++] as number) >>> shift
    const place = places[bucket] as number
    places[bucket] = place + 1
    keys[place] = key
  }
  return { bits, keys, begins }
}

/** FNV-1a of 32 bits, whose bits are then mixed by the finalizer of MurmurHash3. */
function hashOf(key: string): number {
  let hash = 0x811c9dc5
  for (let n = 0; n < key.length; n++) hash = Math.imul(hash ^ key.charCodeAt(n), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

const EVERY: Matcher = () => true
const INVALID_CURSOR = new CommandError('ERR invalid cursor')

/**
 * Reads a cursor. One that is larger than any that was answered is past the end.
 *
 * @throws CommandError
 */
export function readScanCursor(text: string): number {
  // As strtoul() reads it: signs and an empty text included.
  if (!/^([+-]?\d{1,40})?$/.test(text) || BigInt(text.replace(/^[+-]/, '')) >= 2n ** 64n) throw INVALID_CURSOR
  const cursor = Number(text)
  return cursor < 0 ? HASHES : cursor
}

/**
 * Reads COUNT, MATCH, and for SCAN itself TYPE.
 *
 * @param at index of the first option
 * @throws CommandError
 */
export function readScanOptions(args: readonly string[], at: number, allowType = false): ScanOptions {
  let count = 10
  let matches = EVERY
  let type: string | undefined
  for (let n = at; n < args.length; n += 2) {
    const value = args[n + 1]
    const name = (args[n] as string).toLowerCase()
    if (value === undefined) throw SYNTAX_ERROR
    if (name === 'count') count = readCount(value)
    else if (name === 'match') matches = globMatcher(value)
    else if (name === 'type' && allowType) type = value.toLowerCase()
    else throw SYNTAX_ERROR
  }
  return { count, matches, type }
}

function readCount(text: string): number {
  const count = readInteger64(text)
  if (count === undefined) throw NOT_AN_INTEGER
  if (count < 1n) throw SYNTAX_ERROR
  return Number(count)
}

/** Encodes the reply of a SCAN. */
export function scanReply(cursor: number, items: readonly string[]): string {
  const next = String(cursor)
  let out = `*2\r\n${bulk(next)}*${items.length}\r\n`
  for (const item of items) out += bulk(item)
  return out
}
