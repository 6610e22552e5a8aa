import { bulk } from '../../protocol/reply.ts'
import type { Stream, StreamEntry } from './stream.ts'
import { compareIds, type StreamId, type Word } from './stream-id.ts'

/** Encodes an id. */
export function idReply(id: StreamId): string {
  return bulk(`${id.ms}-${id.seq}`)
}

/** Encodes an entry: its id, and an array of its fields and values. */
export function entryReply(entry: StreamEntry): string {
  const { fields } = entry
  let out = `*2\r\n${idReply(entry)}*${fields.length}\r\n`
  for (const text of fields) out += bulk(text)
  return out
}

/**
 * Encodes the entries from one id up to another.
 *
 * @param count most entries; 0 for all
 */
export function rangeReply(stream: Stream, start: StreamId, end: StreamId, count: number): string {
  const cursor = stream.entries.from(start)
  let out = ''
  let length = 0
  for (let entry = cursor.next(); entry && compareIds(entry, end) <= 0; entry = cursor.next()) {
    out += entryReply(entry)
    if (++length === count) break
  }
  return `*${length}\r\n${out}`
}

/** Encodes the entries from an id down to another, as `rangeReply` does. */
export function reverseRangeReply(stream: Stream, end: StreamId, start: StreamId, count: number): string {
  const cursor = stream.entries.upTo(end)
  let out = ''
  let length = 0
  for (let entry = cursor.previous(); entry && compareIds(entry, start) >= 0; entry = cursor.previous()) {
    out += entryReply(entry)
    if (++length === count) break
  }
  return `*${length}\r\n${out}`
}

/** Encodes a counter. Beyond 2^63 it is negative, as in Redis. */
export function counterReply(counter: Word): string {
  return `:${typeof counter === 'number' ? counter : BigInt.asIntN(64, counter)}\r\n`
}
