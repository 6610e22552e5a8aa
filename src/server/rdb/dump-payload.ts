import type { EncodingLimits } from '../config/encoding-limits.ts'
import type { Value } from '../data/entry.ts'
import { crc64 } from './crc64.ts'
import { RdbError } from './rdb-error.ts'
import { RdbReader } from './rdb-reader.ts'
import { stringBytes } from './rdb-writer.ts'
import { readValue } from './read-value.ts'
import { RDB_VERSION } from './value-type.ts'
import { writeValue } from './write-value.ts'

/** Stands before the text of a library. */
export const LIBRARY_MARK = '\xf5'

const VERSION_BYTES = 2
const CRC_BYTES = 8

/** Encodes a value as DUMP answers it: with the version of the format, and a checksum. */
export function dumpValue(value: Value, limits: EncodingLimits): string {
  const { type, bytes } = writeValue(value, limits)
  return sealed(String.fromCharCode(type) + bytes)
}

/** Encodes the texts of libraries as FUNCTION DUMP answers them. */
export function dumpLibraries(texts: readonly string[]): string {
  return sealed(texts.map((text) => LIBRARY_MARK + stringBytes(text)).join(''))
}

/** Adds the version of the format, and a checksum. */
function sealed(content: string): string {
  const payload = content + String.fromCharCode(RDB_VERSION, 0)
  return payload + crc64(payload)
}

/** Returns true if the version and the checksum of a dump are right. */
export function isDump(payload: string): boolean {
  const versionAt = payload.length - CRC_BYTES - VERSION_BYTES
  if (versionAt < 0) return false
  const version = payload.charCodeAt(versionAt) | (payload.charCodeAt(versionAt + 1) << 8)
  if (version > RDB_VERSION) return false
  return crc64(payload.slice(0, -CRC_BYTES)) === payload.slice(-CRC_BYTES)
}

/**
 * Reads the value of a dump.
 *
 * @param payload for which `isDump` is true
 * @throws RdbError
 */
export function loadDump(payload: string, limits: EncodingLimits): Value {
  const reader = new RdbReader(payload, 0, payload.length - CRC_BYTES - VERSION_BYTES)
  return readValue(reader.byte(), reader, limits)
}

/**
 * Reads the texts of libraries.
 *
 * @param payload for which `isDump` is true
 * @throws RdbError
 */
export function loadLibraries(payload: string): readonly string[] {
  const reader = new RdbReader(payload, 0, payload.length - CRC_BYTES - VERSION_BYTES)
  const texts: string[] = []
  while (!reader.isAtEnd) {
    if (String.fromCharCode(reader.byte()) !== LIBRARY_MARK) throw new RdbError()
    texts.push(reader.text())
  }
  return texts
}
