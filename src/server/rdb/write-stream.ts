import { byName, type ConsumerGroup, type Pending } from '../commands/streams/consumer-group.ts'
import type { Stream, StreamEntry } from '../commands/streams/stream.ts'
import type { StreamId } from '../commands/streams/stream-id.ts'
import { bigEndian64, lengthBytes, stringBytes, word64 } from './rdb-writer.ts'
import { ListpackWriter } from './write-listpack.ts'

/** Entries of a node. */
const NODE_ENTRIES = 100
/** Flag of an entry that has the fields of the first one. */
const SAME_FIELDS = 2

/** Encodes a stream: nodes of entries, counters, and groups of consumers. */
export function writeStream(stream: Stream): string {
  const entries = [...stream.entries]
  let out = lengthBytes(Math.ceil(entries.length / NODE_ENTRIES))
  for (let begin = 0; begin < entries.length; begin += NODE_ENTRIES)
    out += writeNode(entries.slice(begin, begin + NODE_ENTRIES))
  out += lengthBytes(entries.length)
  out += idLengths(stream.lastId) + idLengths(stream.firstId) + idLengths(stream.maxDeletedId)
  out += lengthBytes(stream.entriesAdded) + lengthBytes(stream.groups.size)
  for (const group of byName(stream.groups)) out += writeGroup(group)
  return out
}

function idLengths({ ms, seq }: StreamId): string {
  return lengthBytes(ms) + lengthBytes(seq)
}

function idBytes({ ms, seq }: StreamId): string {
  return bigEndian64(ms) + bigEndian64(seq)
}

/** Encodes entries as differences from the first one. */
function writeNode(entries: readonly StreamEntry[]): string {
  const first = entries[0] as StreamEntry
  const node = new ListpackWriter()
  node.integer(entries.length)
  node.integer(0)
  node.integer(first.fields.length / 2)
  for (let n = 0; n < first.fields.length; n += 2) node.text(first.fields[n] as string)
  node.integer(0)
  for (const entry of entries) writeEntry(node, entry, first)
  return stringBytes(idBytes(first)) + stringBytes(node.finish())
}

function writeEntry(node: ListpackWriter, { ms, seq, fields }: StreamEntry, first: StreamEntry): void {
  const same = hasFieldsOf(fields, first.fields)
  const count = fields.length / 2
  node.integer(same ? SAME_FIELDS : 0)
  node.integer(BigInt(ms) - BigInt(first.ms))
  node.integer(BigInt(seq) - BigInt(first.seq))
  if (!same) node.integer(count)
  for (let n = 0; n < fields.length; n += 2) {
    if (!same) node.text(fields[n] as string)
    node.text(fields[n + 1] as string)
  }
  node.integer(same ? count + 3 : 2 * count + 4)
}

function hasFieldsOf(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false
  for (let n = 0; n < a.length; n += 2) if (a[n] !== b[n]) return false
  return true
}

function writeGroup(group: ConsumerGroup): string {
  const pending = [...group.pending]
  let out = stringBytes(group.name) + idLengths(group.lastId)
  out += lengthBytes(BigInt.asUintN(64, BigInt(group.entriesRead)))
  out += lengthBytes(pending.length)
  for (const one of pending) out += writePending(one)
  out += lengthBytes(group.consumers.size)
  for (const consumer of byName(group.consumers)) {
    out += stringBytes(consumer.name) + word64(consumer.seenAt)
    out += lengthBytes(consumer.pending.size)
    for (const one of consumer.pending) out += idBytes(one)
  }
  return out
}

function writePending(pending: Pending): string {
  return idBytes(pending) + word64(pending.deliveredAt) + lengthBytes(pending.deliveries)
}
