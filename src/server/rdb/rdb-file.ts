/**
 * Files of keys as Redis writes them (`dump.rdb`): it reads those of this server, and this server
 * reads those of Redis up to 7.0.
 *
 * Source: `rdb.c` of Redis 7.0
 */
import type { EncodingLimits } from '../config/encoding-limits.ts'
import type { Database } from '../data/database.ts'
import type { Value } from '../data/entry.ts'
import { Crc64, crc64 } from './crc64.ts'
import { RdbError } from './rdb-error.ts'
import { RdbReader } from './rdb-reader.ts'
import { lengthBytes, stringBytes, word64 } from './rdb-writer.ts'
import { readValue } from './read-value.ts'
import { RDB_VERSION } from './value-type.ts'
import { writeValue } from './write-value.ts'

const MAGIC = 'REDIS'
const VERSION_DIGITS = 4
/** Files without a checksum, by `rdbchecksum no`, have this. */
const NO_CRC = '\0'.repeat(8)

/** Codes that may stand before a key, besides the types of values. */
const MARK = {
  function: 245,
  idleTime: 248,
  frequency: 249,
  info: 250,
  sizes: 251,
  expiryMs: 252,
  expirySeconds: 253,
  database: 254,
  end: 255,
} as const

/** A key of a file. */
export interface FileEntry {
  /** Index of its database. */
  readonly database: number
  readonly key: string
  readonly value: Value
  /** In ms since 1970; Infinity without an expiry. */
  readonly expiresAt: number
}

/**
 * Encodes all keys, in parts: one character for each byte.
 *
 * @param libraries texts of libraries of functions
 */
export function* writeRdb(
  databases: readonly Database[],
  limits: EncodingLimits,
  libraries: readonly string[] = [],
): Generator<string> {
  const crc = new Crc64()
  for (const part of partsOf(databases, limits, libraries)) {
    crc.update(part)
    yield part
  }
  yield crc.digest()
}

function* partsOf(
  databases: readonly Database[],
  limits: EncodingLimits,
  libraries: readonly string[],
): Generator<string> {
  yield MAGIC + String(RDB_VERSION).padStart(VERSION_DIGITS, '0')
  for (const text of libraries) yield mark(MARK.function) + stringBytes(text)
  for (const { index, entries } of databases) {
    if (entries.size === 0) continue
    yield mark(MARK.database) + lengthBytes(index)
    for (const [key, { value, expiresAt }] of entries) {
      const { type, bytes } = writeValue(value, limits)
      const expiry = Number.isFinite(expiresAt) ? mark(MARK.expiryMs) + word64(expiresAt) : ''
      yield expiry + mark(type) + stringBytes(key) + bytes
    }
  }
  yield mark(MARK.end)
}

function mark(byte: number): string {
  return String.fromCharCode(byte)
}

/**
 * Reads the keys of a file.
 *
 * @param file one character for each byte
 * @param addLibrary is called with the text of each library of functions
 * @throws RdbError if it is damaged, or of a newer version
 */
export function* readRdb(
  file: string,
  limits: EncodingLimits,
  addLibrary: (text: string) => void = () => {},
): Generator<FileEntry> {
  checkHeader(file)
  const reader = new RdbReader(file, MAGIC.length + VERSION_DIGITS)
  let database = 0
  let expiresAt = Number.POSITIVE_INFINITY
  for (;;) {
    const type = reader.byte()
    if (type === MARK.end) return
    if (type === MARK.database) database = Number(reader.word())
    else if (type === MARK.expiryMs) expiresAt = reader.time()
    else if (type === MARK.expirySeconds) expiresAt = 1_000 * reader.seconds()
    else if (type === MARK.function) addLibrary(reader.text())
    else if (!skip(type, reader)) {
      const key = reader.text()
      yield { database, key, value: readValue(type, reader, limits), expiresAt }
      expiresAt = Number.POSITIVE_INFINITY
    }
  }
}

function checkHeader(file: string): void {
  const version = Number(file.slice(MAGIC.length, MAGIC.length + VERSION_DIGITS))
  if (!file.startsWith(MAGIC) || !(version >= 1 && version <= RDB_VERSION)) throw new RdbError()
  // Versions before 5 have no checksum.
  if (version < 5) return
  const crc = file.slice(-NO_CRC.length)
  if (crc !== NO_CRC && crc64(file.slice(0, -NO_CRC.length)) !== crc) throw new RdbError()
}

/** Skips what is of no use here. Returns false if it is a value. */
function skip(type: number, reader: RdbReader): boolean {
  if (type === MARK.info) {
    reader.text()
    reader.text()
  } else if (type === MARK.sizes) {
    reader.word()
    reader.word()
  } else if (type === MARK.idleTime) reader.word()
  else if (type === MARK.frequency) reader.byte()
  else return false
  return true
}
