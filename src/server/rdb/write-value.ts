import { Hash } from '../commands/hashes/hash.ts'
import { List } from '../commands/lists/list.ts'
import { StringSet } from '../commands/sets/string-set.ts'
import { SortedSet } from '../commands/sorted-sets/sorted-set.ts'
import { Stream } from '../commands/streams/stream.ts'
import type { EncodingLimits } from '../config/encoding-limits.ts'
import type { Value } from '../data/entry.ts'
import { doubleBytes, lengthBytes, stringBytes } from './rdb-writer.ts'
import { VALUE_TYPE } from './value-type.ts'
import { writeStream } from './write-stream.ts'

/** A value in Redis' format: the byte of its type, and what follows. */
export interface EncodedValue {
  readonly type: number
  /** One character for each byte. */
  readonly bytes: string
}

/**
 * Encodes a value so that Redis 7.0 reads it: by those formats of a type that it reads, but does
 * not write any more for small ones.
 */
export function writeValue(value: Value, limits: EncodingLimits): EncodedValue {
  if (typeof value === 'string') return { type: VALUE_TYPE.string, bytes: stringBytes(value) }
  if (value instanceof List) return { type: VALUE_TYPE.list, bytes: texts(value.size, value) }
  if (value instanceof StringSet)
    return { type: VALUE_TYPE.set, bytes: texts(value.size, value.members(limits)) }
  if (value instanceof Hash) return { type: VALUE_TYPE.hash, bytes: pairs(value) }
  if (value instanceof SortedSet) return { type: VALUE_TYPE.zset, bytes: scores(value) }
  if (value instanceof Stream) return { type: VALUE_TYPE.stream, bytes: writeStream(value) }
  throw new TypeError(`a value of type ${value.type} has no encoding`)
}

function texts(size: number, items: Iterable<string>): string {
  let out = lengthBytes(size)
  for (const item of items) out += stringBytes(item)
  return out
}

function pairs(hash: Hash): string {
  let out = lengthBytes(hash.size)
  for (const [field, value] of hash.entries) out += stringBytes(field) + stringBytes(value)
  return out
}

function scores(set: SortedSet): string {
  let out = lengthBytes(set.size)
  for (const { member, score } of set) out += stringBytes(member) + doubleBytes(score)
  return out
}
