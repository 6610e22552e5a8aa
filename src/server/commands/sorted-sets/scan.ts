import { formatDouble } from '../../data/numbers.ts'
import { readScanCursor, readScanOptions, scan, scanReply } from '../../data/scan.ts'
import type { Handler } from '../command.ts'
import { SortedSet } from './sorted-set.ts'

export const zscan: Handler = ({ database, instance }, args) => {
  const cursor = readScanCursor(args[2] as string)
  const set = database.readOf(args[1] as string, SortedSet)
  if (set === undefined) return scanReply(0, [])
  const { count, matches } = readScanOptions(args, 3)
  const items: string[] = []
  if (set.encoding(instance.limits) === 'listpack') {
    // Small sets are answered at once and in order, as those of Redis.
    for (const { member, score } of set) if (matches(member)) items.push(member, formatStored(score))
    return scanReply(0, items)
  }
  const page = scan(set, cursor, count)
  for (const member of page.keys) {
    if (matches(member)) items.push(member, formatDouble(set.score(member) ?? 0))
  }
  return scanReply(page.cursor, items)
}

/** Formats a score as a listpack of Redis holds it: all digits of integers up to 2^62. */
function formatStored(score: number): string {
  return Number.isInteger(score) && Math.abs(score) <= 2 ** 62 ? String(BigInt(score)) : formatDouble(score)
}
