import { createHash } from 'node:crypto'
import { processClock } from '../../clock.ts'
import { STAMP_LENGTH, secondsOf, type Ttl } from '../store.ts'

/**
 * A key that memcached accepts (up to 250 bytes without blanks or control characters) is used as
 * it is, after a `k`. Any other is replaced by its SHA-256, after an `h`, and written into the item
 * before stamp and value: its length (4 bytes), and its UTF-8.
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

/** Returns stamp and value; `null` where the item belongs to another key, or is not an item. */
export function readItem(key: string, itemKey: string, item: Buffer): Buffer | null {
  if (itemKey.startsWith('k')) return item.length < STAMP_LENGTH ? null : item
  if (item.length < LENGTH + STAMP_LENGTH) return null
  const end = LENGTH + item.readUInt32BE(0)
  if (end + STAMP_LENGTH > item.length || item.toString('utf8', LENGTH, end) !== key) return null
  return item.subarray(end)
}

/** The longest TTL in seconds. memcached takes more for a time since 1970. */
const LONGEST_RELATIVE = 30 * 24 * 60 * 60

/** The last second that memcached counts. It takes a later one for the past. */
const LAST_SECOND = 2 ** 31 - 1

/**
 * Returns the exptime of a TTL. memcached's clock is up to a second late, so it gets one second
 * more. A TTL that ends after the last second that memcached counts never ends.
 */
export function toExpiry(ttl: Ttl): number {
  const seconds = secondsOf(ttl) + 1
  if (seconds <= LONGEST_RELATIVE) return seconds
  const end = Math.floor(processClock.wall() / 1000) + seconds
  return end <= LAST_SECOND ? end : 0
}
