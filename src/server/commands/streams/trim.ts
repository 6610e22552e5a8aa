import type { IdBlock, IdList } from './id-list.ts'
import { compareIds, type StreamId } from './stream-id.ts'

/** Entries that XTRIM, or XADD, removes from the begin of a stream. */
export interface Trim {
  /** Entries that may stay. Absent where `minId` says what stays. */
  readonly maxLength: number | undefined
  /** Entries below are removed. */
  readonly minId: StreamId
  /** True if only whole nodes are removed. */
  readonly approximate: boolean
  /** Most entries to remove, 0 without a limit. */
  readonly limit: number
}

/** Removes entries from the begin of a list. Returns their number. */
export function trimEntries<T extends StreamId>(list: IdList<T>, trim: Trim): number {
  const { maxLength, minId, limit } = trim
  let removed = 0
  let nodes = 0
  for (const node of list.blocks) {
    const left = list.size - removed
    if (maxLength !== undefined && left <= maxLength) break
    const { length } = node.items
    if (limit > 0 && removed + length > limit) break
    const removeAll = maxLength !== undefined ? left - length >= maxLength : compareIds(node.end, minId) < 0
    if (!removeAll) break
    removed += length
    nodes++
  }
  if (nodes > 0) list.removeBlocks(0, nodes)
  if (trim.approximate) return removed
  const first = list.blocks[0]
  return first ? removed + trimBlock(list, first, trim) : removed
}

/** Removes entries of the first block, which is not removed even if all are. */
function trimBlock<T extends StreamId>(list: IdList<T>, block: IdBlock<T>, trim: Trim): number {
  const { items } = block
  let count = 0
  if (trim.maxLength !== undefined) count = Math.max(0, list.size - trim.maxLength)
  else while (count < items.length && compareIds(items[count] as T, trim.minId) < 0) count++
  if (count === 0) return 0
  list.removeFirst(block, count)
  return count
}
