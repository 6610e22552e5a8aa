import type { Database } from '../../data/database.ts'
import { Hash } from '../hashes/hash.ts'

/**
 * Returns what a pattern of BY or GET stands for: `#` the item itself, `weight:*` the string of a
 * key, `user:*->name` the field of a hash, with the item in the place of `*`.
 */
export function lookUp(database: Database, pattern: string, item: string): string | undefined {
  if (pattern === '#') return item
  const star = pattern.indexOf('*')
  if (star < 0) return undefined
  const arrow = pattern.indexOf('->', star + 1)
  const hasField = arrow >= 0 && arrow + 2 < pattern.length
  const key = pattern.slice(0, star) + item + pattern.slice(star + 1, hasField ? arrow : undefined)
  const value = database.read(key)
  if (hasField) return value instanceof Hash ? value.get(pattern.slice(arrow + 2)) : undefined
  return typeof value === 'string' ? value : undefined
}
