import { readScanCursor, readScanOptions, scan, scanReply } from '../../data/scan.ts'
import { bulk, EMPTY_ARRAY } from '../../protocol/reply.ts'
import type { Handler } from '../command.ts'
import { Hash } from './hash.ts'

export const hgetall: Handler = ({ database, form }, args) => {
  const hash = database.readOf(args[1] as string, Hash)
  if (hash === undefined) return form.mapHeader(0)
  let out = form.mapHeader(hash.size)
  for (const [field, value] of hash.entries) out += bulk(field) + bulk(value)
  return out
}

export const hkeys: Handler = ({ database }, args) => {
  const hash = database.readOf(args[1] as string, Hash)
  return hash === undefined ? EMPTY_ARRAY : texts(hash.size, hash.entries.keys())
}

export const hvals: Handler = ({ database }, args) => {
  const hash = database.readOf(args[1] as string, Hash)
  return hash === undefined ? EMPTY_ARRAY : texts(hash.size, hash.entries.values())
}

function texts(size: number, all: Iterable<string>): string {
  let out = `*${size}\r\n`
  for (const text of all) out += bulk(text)
  return out
}

export const hscan: Handler = ({ database, instance }, args) => {
  const cursor = readScanCursor(args[2] as string)
  const hash = database.readOf(args[1] as string, Hash)
  if (hash === undefined) return scanReply(0, [])
  const { count, matches } = readScanOptions(args, 3)
  const compact = hash.encoding(instance.limits) === 'listpack'
  const page = compact ? scan(hash.entries, 0, Number.POSITIVE_INFINITY) : scan(hash.entries, cursor, count)
  const items: string[] = []
  for (const field of page.keys) if (matches(field)) items.push(field, hash.get(field) as string)
  return scanReply(page.cursor, items)
}
