import type { EncodingLimits } from '../config/encoding-limits.ts'
import type { Value } from '../data/entry.ts'
import { crc64 } from './crc64.ts'
import { RdbReader } from './rdb-reader.ts'
import { readValue } from './read-value.ts'
import { RDB_VERSION } from './value-type.ts'
import { writeValue } from './write-value.ts'

const VERSION_BYTES = 2
const CRC_BYTES = 8

/** Encodes a value as DUMP answers it: with the version of the format, and a checksum. */
export function dumpValue(value: Value, limits: EncodingLimits): string {
  const { type, bytes } = writeValue(value, limits)
  const payload = `${String.fromCharCode(type)}${bytes}${String.fromCharCode(RDB_VERSION, 0)}`
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
