import { createHash } from 'node:crypto'
import { processClock } from '../../clock.ts'
import { STAMP_LENGTH } from '../store.ts'

/**
 * A key that memcached takes (up to 250 bytes without blanks or control characters) stands for itself, behind a `k`. Any other
 * is a SHA-256 behind an `h`, and stands in the item, before head and value: its length (4 bytes), and its UTF-8.
 */
const SAFE = /^[\x21-\x7e]{1,240}$/
const LENGTH = 4

export function toItemKey(key: string): string {
  return SAFE.test(key) ? `k${key}` : `h${createHash('sha256').update(key).digest('base64url')}`
}

export function writeItem(key: string, itemKey: string, parts: readonly Buffer[]): Buffer {
  if (itemKey.startsWith('k')) return Buffer.concat(parts)
  const text = Buffer.from(key)
  const length = Buffer.alloc(LENGTH)
  length.writeUInt32BE(text.length)
  return Buffer.concat([length, text, ...parts])
}

/** Head and value; `null`: the item is another key's, or nobody's. */
export function readItem(key: string, itemKey: string, item: Buffer): Buffer | null {
  if (itemKey.startsWith('k')) return item.length < STAMP_LENGTH ? null : item
  if (item.length < LENGTH + STAMP_LENGTH) return null
  const end = LENGTH + item.readUInt32BE(0)
  if (end + STAMP_LENGTH > item.length || item.toString('utf8', LENGTH, end) !== key) return null
  return item.subarray(end)
}

/** What memcached counts as seconds from now; more is a time since 1970. */
const LONGEST_RELATIVE = 30 * 24 * 60 * 60

/** The last second that memcached counts: it reads a later one as long past. */
const LAST_SECOND = 2 ** 31 - 1

/**
 * In whole seconds. Its clock is up to a second behind: one more, so that nothing ends before its time. What would end after its
 * last second gets no end.
 */
export function toExpiry(ttl: number | 'forever'): number {
  if (ttl === 'forever') return 0
  const seconds = Math.ceil(ttl / 1000) + 1
  if (seconds <= LONGEST_RELATIVE) return seconds
  const end = Math.floor(processClock.wall() / 1000) + seconds
  return end <= LAST_SECOND ? end : 0
}
