import { globMatcher } from '../../data/glob.ts'
import { readScanCursor, readScanOptions, scan as scanPart, scanReply } from '../../data/scan.ts'
import { bulk, simple } from '../../protocol/reply.ts'
import type { Handler } from '../command.ts'

/** Keys past their expiry are left out, and are left for active expiry. */
export const keys: Handler = ({ database, instance }, args) => {
  const matches = globMatcher(args[1] as string)
  const { now } = instance.clock
  let count = 0
  let out = ''
  for (const [key, { expiresAt }] of database.entries) {
    if (expiresAt <= now || !matches(key)) continue
    count++
    out += bulk(key)
  }
  return `*${count}\r\n${out}`
}

export const scan: Handler = ({ database }, args) => {
  const cursor = readScanCursor(args[1] as string)
  const { count, matches, type } = readScanOptions(args, 2, true)
  const page = scanPart(database.entries, cursor, count)
  const found: string[] = []
  for (const key of page.keys) {
    if (!matches(key)) continue
    const entry = database.peek(key)
    if (entry !== undefined && (type === undefined || typeOf(entry.value) === type)) found.push(key)
  }
  return scanReply(page.cursor, found)
}

export const randomkey: Handler = ({ database, form }) => {
  while (database.size > 0) {
    const key = database.sampler.pick()
    // One past its expiry is removed, and another one is picked.
    if (database.peek(key) !== undefined) return bulk(key)
  }
  return form.nil
}

export const type: Handler = ({ database }, args) => {
  const entry = database.inspect(args[1] as string)
  return simple(entry === undefined ? 'none' : typeOf(entry.value))
}

function typeOf(value: string | { readonly type: string }): string {
  return typeof value === 'string' ? 'string' : value.type
}
