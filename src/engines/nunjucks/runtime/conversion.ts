import { Lazy } from '../../lazy.ts'
import { nunjucks } from '../nunjucks.ts'

/** Of a list, so many items are looked at. */
const MOST_ITEMS = 200
/** And of lists in lists, so deep: a list may stand in itself. */
const DEEPEST = 3

/** Filters of nunjucks that make texts of objects. */
export const CONVERTING = new Set([
  'dump',
  'e',
  'escape',
  'forceescape',
  'join',
  'safe',
  'string',
  'urlencode',
])

/** Says whether a filter of nunjucks calls code of an object that it is given. */
export function converts(name: string, args: readonly unknown[]): boolean {
  return CONVERTING.has(name) && args.some((arg) => makesText(arg))
}

/**
 * Says whether code of an application runs where a value becomes a text: its `toString`, its
 * `toJSON` and the like.
 */
export function makesText(value: unknown, depth = 0): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (Array.isArray(value)) {
    if (depth === DEEPEST) return false
    for (let n = 0; n < value.length && n < MOST_ITEMS; n++) if (makesText(value[n], depth + 1)) return true
    return false
  }
  if (value instanceof nunjucks.runtime.SafeString || value instanceof Lazy || value instanceof Date)
    return false
  const object = value as { toJSON?: unknown }
  return (
    object.toString !== Object.prototype.toString ||
    object.valueOf !== Object.prototype.valueOf ||
    object.toJSON !== undefined ||
    Symbol.toPrimitive in object
  )
}

/** Makes a text of an object as nunjucks prints it where it is escaped. */
export function toText(value: object): string {
  return value.toString()
}

/** The same where it is not escaped, and for `~`. */
export function toPrimitive(value: object): string {
  // biome-ignore lint/style/useTemplate: a template literal asks the object for another form
  return '' + (value as unknown as string)
}
