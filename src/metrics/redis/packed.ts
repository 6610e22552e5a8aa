import { promisify } from 'node:util'
import { deflateRaw, deflateRawSync, inflateRaw, inflateRawSync } from 'node:zlib'
import type { Snapshot } from '../snapshot.ts'
import { decodeSnapshot, encodeSnapshot } from '../snapshot-codec.ts'

/** First byte of a packed snapshot. Raised where a reader of before could not read what follows. */
const FORMAT = 1
/** Most bytes that are unpacked: many times what the limits of labels allow. */
const MAX_BYTES = 64 * 1024 * 1024
const SPACE = 0x20

/** Id before that of any entry. */
export const NO_ID = '0-0'

/** Fewer bytes are compressed at once: a trip to another thread takes longer than that. */
const SMALL = 32 * 1024
const LEVEL = { level: 4 }

const deflate = promisify<Buffer, object, Buffer>(deflateRaw)
const inflate = promisify<Buffer, object, Buffer>(inflateRaw)

/** Encodes and compresses a snapshot: labels and histograms shrink to about a quarter. */
export async function pack(snapshot: Snapshot): Promise<Buffer> {
  const text = Buffer.from(encodeSnapshot(snapshot))
  const compressed = text.length < SMALL ? deflateRawSync(text, LEVEL) : await deflate(text, LEVEL)
  return Buffer.concat([Buffer.of(FORMAT), compressed])
}

/** @returns undefined for what is damaged, or was written by a later release */
export async function unpack(packed: Buffer): Promise<Snapshot | undefined> {
  if (packed[0] !== FORMAT) return undefined
  try {
    const compressed = packed.subarray(1)
    const limit = { maxOutputLength: MAX_BYTES }
    const isSmall = compressed.length < SMALL / 4
    const text = isSmall ? inflateRawSync(compressed, limit) : await inflate(compressed, limit)
    return decodeSnapshot(text.toString())
  } catch {
    return undefined
  }
}

/** Numbers of a bucket, and the id of the last entry of the stream that they contain. */
export interface BucketNumbers {
  readonly applied: string
  readonly snapshot: Snapshot
}

export async function packBucket({ applied, snapshot }: BucketNumbers): Promise<Buffer> {
  return Buffer.concat([Buffer.from(`${applied} `), await pack(snapshot)])
}

/** @returns undefined for what is damaged, or was written by a later release */
export async function unpackBucket(value: Buffer): Promise<BucketNumbers | undefined> {
  const end = value.indexOf(SPACE)
  const applied = value.toString('latin1', 0, Math.max(end, 0))
  if (!/^\d+-\d+$/.test(applied)) return undefined
  const snapshot = await unpack(value.subarray(end + 1))
  return snapshot && { applied, snapshot }
}
