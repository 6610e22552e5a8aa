import { WRONG_TYPE } from '../command-error.ts'
import type { EncodingLimits } from '../config/encoding-limits.ts'
import { ByteString } from './byte-string.ts'
import { stringBytes } from './memory-size.ts'

/** A value that is not a string. Each type has one class in its folder. */
export abstract class Container {
  /** The name that TYPE answers. */
  abstract readonly type: 'list' | 'set' | 'zset' | 'hash' | 'stream'
  /** Number of items. A container without items is removed, but a stream. */
  abstract readonly size: number
  /** Estimated memory, in bytes. */
  abstract readonly bytes: number
  /** Returns the name that OBJECT ENCODING answers. */
  abstract encoding(limits: EncodingLimits): string
  /** Returns a copy that shares nothing with this. */
  abstract copy(): Container
}

/** A string (latin1, one character for each byte), or a container. */
export type Value = string | Container

/** Strings from this length on are changed in place, in bytes: shorter ones are copied as fast. */
const LONG_STRING = 4_096

/** Frequency of a new key, so that it is not the first to be evicted. */
export const INITIAL_FREQUENCY = 5

/** Times are kept relative to it: those of some weeks are small integers. In ms since 1970. */
const EPOCH = Date.now()

/**
 * A key's value, and what is known of the key.
 *
 * V8 stores small integers and `undefined` in the object itself, other numbers beside it: each of
 * them would be one more access to memory whenever a key is used.
 */
export class Entry {
  #value: Value
  /** A long string while it is changed in parts: it then stands in the place of the value. */
  #edits: ByteString | undefined = undefined
  /** Time of the last access, in ms since EPOCH. */
  #usedAt: number
  #expiresAt: number | undefined = undefined
  /** The string was changed in part: Redis then stores even an integer as raw bytes. */
  edited = false
  /** How often it is used, for OBJECT FREQ and LFU: see AccessFrequency. */
  frequency = INITIAL_FREQUENCY
  /** Estimated memory, in bytes: how much of it the database has counted. */
  bytes = 0

  constructor(value: Value, now: number) {
    this.#value = value
    this.#usedAt = now - EPOCH
  }

  get value(): Value {
    if (this.#edits !== undefined) this.value = this.#edits.toString()
    return this.#value
  }

  set value(value: Value) {
    this.#value = value
    this.#edits = undefined
  }

  /** Length of the string; undefined for other values. */
  get length(): number | undefined {
    if (this.#edits !== undefined) return this.#edits.length
    return typeof this.#value === 'string' ? this.#value.length : undefined
  }

  /** Estimated memory of the value, in bytes. */
  get valueBytes(): number {
    const { length } = this
    return length === undefined ? (this.#value as Container).bytes : stringBytes(length)
  }

  /** The bytes of a string that was changed in parts, to read them; undefined for other values. */
  get editedBytes(): Buffer | undefined {
    return this.#edits?.bytes
  }

  /**
   * Returns the bytes of a long string, to change them in place; undefined for other values.
   *
   * @param length up to which zeros are added to it, if it is shorter
   */
  editBytes(length: number): Buffer | undefined {
    if (this.#edits === undefined) {
      const value = this.#value
      if (typeof value !== 'string' || value.length < LONG_STRING) return undefined
      this.#edits = new ByteString(value, length)
      this.#value = ''
    }
    this.edited = true
    this.#edits.extend(length)
    return this.#edits.bytes
  }

  /** Time of the last access, in ms since 1970, for OBJECT IDLETIME and LRU. */
  get usedAt(): number {
    return EPOCH + this.#usedAt
  }

  set usedAt(at: number) {
    this.#usedAt = at - EPOCH
  }

  /** In ms since 1970; Infinity without an expiry. */
  get expiresAt(): number {
    return this.#expiresAt ?? Number.POSITIVE_INFINITY
  }

  set expiresAt(at: number) {
    this.#expiresAt = at === Number.POSITIVE_INFINITY ? undefined : at
  }
}

/**
 * Returns the string of a key, undefined for an absent key.
 *
 * @throws CommandError WRONGTYPE
 */
export function stringOf(entry: Entry | undefined): string | undefined {
  const value = entry?.value
  if (value === undefined || typeof value === 'string') return value
  throw WRONG_TYPE
}

/**
 * Returns the length of the string of a key.
 *
 * @throws CommandError WRONGTYPE
 */
export function stringLength({ length }: Entry): number {
  if (length === undefined) throw WRONG_TYPE
  return length
}

/** Estimated memory of a key besides its name and value, in bytes: measured with Node.js 20. */
const KEY_OVERHEAD = 108
/** Estimated memory of an expiry, in bytes. */
const EXPIRY_OVERHEAD = 130

/** Estimated memory of a key and its value, in bytes. */
export function bytesOf(key: string, { valueBytes, expiresAt }: Entry): number {
  const overhead = expiresAt < Number.POSITIVE_INFINITY ? KEY_OVERHEAD + EXPIRY_OVERHEAD : KEY_OVERHEAD
  return overhead + stringBytes(key.length) + valueBytes
}
