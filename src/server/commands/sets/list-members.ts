import { readScanCursor, readScanOptions, scan, scanReply } from '../../data/scan.ts'
import { bulk } from '../../protocol/reply.ts'
import type { ReplyForm } from '../../protocol/reply-form.ts'
import type { Handler } from '../command.ts'
import { StringSet } from './string-set.ts'

export const smembers: Handler = ({ database, form, instance }, args) => {
  const set = database.readOf(args[1] as string, StringSet)
  return set === undefined ? form.setHeader(0) : setReply(form, set.size, set.members(instance.limits))
}

/** Encodes a set. */
export function setReply(form: ReplyForm, size: number, members: Iterable<string>): string {
  let out = form.setHeader(size)
  for (const member of members) out += bulk(member)
  return out
}

export const sscan: Handler = ({ database, instance }, args) => {
  const cursor = readScanCursor(args[2] as string)
  const set = database.readOf(args[1] as string, StringSet)
  if (set === undefined) return scanReply(0, [])
  const { count, matches } = readScanOptions(args, 3)
  const members = set.members(instance.limits)
  const compact = set.encoding(instance.limits) === 'intset'
  const page = compact ? scan(members, 0, Number.POSITIVE_INFINITY) : scan(members, cursor, count)
  return scanReply(page.cursor, page.keys.filter(matches))
}
