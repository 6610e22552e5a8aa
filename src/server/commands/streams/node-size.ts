import type { IdBlock } from './id-list.ts'
import { EMPTY_LISTPACK, integerSize, textSize } from './listpack-size.ts'
import type { StreamId, Word } from './stream-id.ts'

/** Limits of a stream's node: one that has reached a limit is full. */
export interface NodeLimits {
  /** Entries, removed ones included; 0 without a limit. */
  readonly streamNodeEntries: number
  /** Bytes; 0 without a limit. */
  readonly streamNodeBytes: number
}

/** Most bytes of a node, and of the fields and values of an entry. */
export const MAX_NODE_BYTES = 2 ** 30

/** Returns true if a new node is needed for an entry. */
export function isFull<T extends StreamId>(
  node: IdBlock<T>,
  textLength: number,
  { streamNodeBytes, streamNodeEntries }: NodeLimits,
): boolean {
  const { length } = node.items
  const bytes = node.bytes + integerSize(length) + integerSize(node.removed)
  const maxBytes = streamNodeBytes === 0 ? MAX_NODE_BYTES : Math.min(streamNodeBytes, MAX_NODE_BYTES)
  if (bytes + textLength >= maxBytes) return true
  return streamNodeEntries > 0 && length + node.removed >= streamNodeEntries
}

/** Counts the bytes that Redis needs for an entry that was added to a node. */
export function addEntrySize<T extends StreamId>(
  node: IdBlock<T>,
  id: StreamId,
  fields: readonly string[],
  newNode: boolean,
): void {
  let bytes = 0
  if (newNode) {
    node.fields = fields
    // The number of fields, the fields, and an end.
    bytes += EMPTY_LISTPACK + integerSize(fields.length / 2) + integerSize(0)
    for (let n = 0; n < fields.length; n += 2) bytes += textSize(fields[n] as string)
  }
  const sameFields = newNode || haveSameFields(fields, node.fields)
  // Flags, the id as a difference, the values, and the number of all these.
  bytes += integerSize(0) + wordDifferenceSize(id.ms, node.begin.ms)
  bytes += wordDifferenceSize(id.seq, node.begin.seq)
  for (let n = 1; n < fields.length; n += 2) bytes += textSize(fields[n] as string)
  if (sameFields) bytes += integerSize(fields.length / 2 + 3)
  else {
    for (let n = 0; n < fields.length; n += 2) bytes += textSize(fields[n] as string)
    bytes += integerSize(fields.length / 2) + integerSize(fields.length + 4)
  }
  node.bytes += bytes
}

function haveSameFields(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false
  for (let n = 0; n < a.length; n += 2) if (a[n] !== b[n]) return false
  return true
}

function wordDifferenceSize(a: Word, b: Word): number {
  if (typeof a === 'number' && typeof b === 'number') return integerSize(a - b)
  return integerSize(BigInt.asIntN(64, BigInt(a) - BigInt(b)))
}
