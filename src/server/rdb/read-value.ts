import { Hash } from '../commands/hashes/hash.ts'
import { List } from '../commands/lists/list.ts'
import { StringSet } from '../commands/sets/string-set.ts'
import { SortedSet } from '../commands/sorted-sets/sorted-set.ts'
import type { EncodingLimits } from '../config/encoding-limits.ts'
import type { Value } from '../data/entry.ts'
import { readDouble } from '../data/numbers.ts'
import { readIntset, readListpack } from './compact-lists.ts'
import { RdbError } from './rdb-error.ts'
import type { RdbReader } from './rdb-reader.ts'
import { readStream } from './read-stream.ts'
import { VALUE_TYPE } from './value-type.ts'
import { readZiplist } from './ziplist.ts'

/** Container of a quicklist's node that is one item, and of one that is a listpack. */
const PLAIN = 1
const PACKED = 2

/**
 * Reads a value, in the formats of Redis 7.0 and of earlier versions, but the zipmaps of 2.4.
 *
 * @throws RdbError
 */
export function readValue(type: number, reader: RdbReader, limits: EncodingLimits): Value {
  switch (type) {
    case VALUE_TYPE.string:
      return reader.text()
    case VALUE_TYPE.list:
      return listOf(readTexts(reader))
    case VALUE_TYPE.quicklist:
      return listOf(readQuicklist(reader))
    case VALUE_TYPE.listZiplist:
      return listOf(readZiplist(reader.text()))
    case VALUE_TYPE.ziplistQuicklist:
      return listOf(readTexts(reader).flatMap(readZiplist))
    case VALUE_TYPE.set:
      return setOf(readTexts(reader))
    case VALUE_TYPE.intset:
      return setOf(readIntset(reader.text()))
    case VALUE_TYPE.hash:
      return hashOf(readTexts(reader, 2))
    case VALUE_TYPE.hashListpack:
      return hashOf(readListpack(reader.text()))
    case VALUE_TYPE.hashZiplist:
      return hashOf(readZiplist(reader.text()))
    case VALUE_TYPE.zset:
      return readScores(reader, () => reader.double())
    case VALUE_TYPE.textZset:
      return readScores(reader, () => readTextScore(reader))
    case VALUE_TYPE.zsetListpack:
      return sortedSetOf(readListpack(reader.text()))
    case VALUE_TYPE.zsetZiplist:
      return sortedSetOf(readZiplist(reader.text()))
    case VALUE_TYPE.oldStream:
    case VALUE_TYPE.stream:
      return readStream(reader, type === VALUE_TYPE.stream, limits)
    default:
      throw new RdbError()
  }
}

/** @param parts strings of each item */
function readTexts(reader: RdbReader, parts = 1): string[] {
  const texts: string[] = []
  for (let n = parts * reader.count(); n > 0; n--) texts.push(reader.text())
  return texts
}

function readQuicklist(reader: RdbReader): string[] {
  const items: string[] = []
  for (let nodes = reader.count(); nodes > 0; nodes--) {
    const container = reader.word()
    const node = reader.text()
    if (container === PLAIN) items.push(node)
    else if (container === PACKED) for (const item of readListpack(node)) items.push(item)
    else throw new RdbError()
  }
  return items
}

function listOf(items: readonly string[]): List {
  const list = new List()
  for (const item of items) list.push('right', item)
  return filled(list)
}

function setOf(members: readonly string[]): StringSet {
  const set = new StringSet()
  for (const member of members) if (!set.add(member)) throw new RdbError()
  return filled(set)
}

function hashOf(pairs: readonly string[]): Hash {
  const hash = new Hash()
  if (pairs.length % 2 === 1) throw new RdbError()
  for (let n = 0; n < pairs.length; n += 2)
    if (!hash.set(pairs[n] as string, pairs[n + 1] as string)) throw new RdbError()
  return filled(hash)
}

function readScores(reader: RdbReader, readScore: () => number): SortedSet {
  const set = new SortedSet()
  for (let n = reader.count(); n > 0; n--) addScore(set, reader.text(), readScore())
  return filled(set)
}

/** Reads a score in the older format: its length in a byte, then the text; or a special one. */
function readTextScore(reader: RdbReader): number {
  const length = reader.byte()
  if (length === 255) return Number.NEGATIVE_INFINITY
  if (length === 254) return Number.POSITIVE_INFINITY
  return readDouble(reader.raw(length)) ?? Number.NaN
}

function sortedSetOf(pairs: readonly string[]): SortedSet {
  const set = new SortedSet()
  for (let n = 0; n < pairs.length; n += 2)
    addScore(set, pairs[n] as string, readDouble(pairs[n + 1] ?? '') ?? Number.NaN)
  return filled(set)
}

function addScore(set: SortedSet, member: string, score: number): void {
  if (Number.isNaN(score) || !set.set(member, score)) throw new RdbError()
}

/** Refuses a container without items, which no key may hold. */
function filled<T extends { readonly size: number }>(container: T): T {
  if (container.size === 0) throw new RdbError()
  return container
}
