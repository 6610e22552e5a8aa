import { type ConsumerGroup, UNKNOWN_COUNT } from './consumer-group.ts'
import type { Stream } from './stream.ts'
import { addToWord, compareIds, MIN_ID, type StreamId, toWord, type Word } from './stream-id.ts'

/** Returns true if XDEL has removed an entry after an id, as far as the stream knows. */
export function hasDeletedAfter(stream: Stream, id: StreamId): boolean {
  const { maxDeletedId } = stream
  if (stream.size === 0 || compareIds(maxDeletedId, MIN_ID) === 0) return false
  if (compareIds(stream.firstId, maxDeletedId) > 0) return false
  return compareIds(id, maxDeletedId) <= 0
}

/**
 * Returns how many entries were added up to an id. Known for the first and the last entry, and for
 * ids before the first; else UNKNOWN_COUNT.
 */
export function countUpTo(stream: Stream, id: StreamId): Word {
  const { entriesAdded, lastId, maxDeletedId } = stream
  if (entriesAdded === 0) return 0
  const toLast = compareIds(id, lastId)
  if (toLast === 0 || (stream.size === 0 && toLast < 0)) return entriesAdded
  if (toLast > 0) return UNKNOWN_COUNT
  const { firstId } = stream
  const noneDeleted = compareIds(maxDeletedId, MIN_ID) === 0 || compareIds(maxDeletedId, firstId) < 0
  const toFirst = compareIds(id, firstId)
  if (!noneDeleted || toFirst > 0) return UNKNOWN_COUNT
  return addToWord(entriesAdded, (toFirst === 0 ? 1 : 0) - stream.size)
}

/** Counts an entry that is delivered to a group, before the group's last id is set to it. */
export function countDelivery(stream: Stream, group: ConsumerGroup, id: StreamId): void {
  if (group.entriesRead !== UNKNOWN_COUNT && !hasDeletedAfter(stream, id))
    group.entriesRead = addToWord(group.entriesRead, 1)
  else if (stream.entriesAdded !== 0) group.entriesRead = countUpTo(stream, id)
}

/** Returns how many entries are to be delivered to a group; undefined if that is not known. */
export function lagOf(stream: Stream, group: ConsumerGroup): Word | undefined {
  const { entriesAdded } = stream
  if (entriesAdded === 0) return 0
  if (group.entriesRead !== UNKNOWN_COUNT && !hasDeletedAfter(stream, group.lastId))
    return difference(entriesAdded, group.entriesRead)
  const read = countUpTo(stream, group.lastId)
  return read === UNKNOWN_COUNT ? undefined : difference(entriesAdded, read)
}

function difference(a: Word, b: Word): Word {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  return toWord(BigInt.asIntN(64, BigInt(a) - BigInt(b)))
}
