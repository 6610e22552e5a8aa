import { OptionError } from '../../errors.ts'

/** What tells values from all else under a cache's prefix: fragments go on with a length, tags with `#`, locks with `!`. */
const MARK = '$'
/** A prefix ends here: `clear('a')` reaches `a` and `a:1`, and leaves `ab` alone. */
export const SEPARATOR = ':'
const LONGEST_KEY = 1024

/** Where a value lies. @throws OptionError */
export function valueKey(keyPrefix: string, key: unknown): string {
  if (typeof key === 'string' && key !== '' && key.length <= LONGEST_KEY) return `${keyPrefix}${MARK}${key}`
  throw new OptionError(
    typeof key === 'string' && key !== ''
      ? `The key of a value is longer than ${LONGEST_KEY} characters: use a digest of it.`
      : `The key of a value is a text, such as 'user:1', not ${key === '' ? 'an empty one' : show(key)}.`,
  )
}

/** The key as the user knows it. */
export function keyOf(keyPrefix: string, stored: string): string {
  return stored.slice(keyPrefix.length + MARK.length)
}

/** What the keys of all values begin with. */
export function allValues(keyPrefix: string): string {
  return `${keyPrefix}${MARK}`
}

/** What the keys of the results of a cached function begin with. */
export function cachedPrefix(keyPrefix: string): string {
  return `${keyPrefix}@`
}

function show(value: unknown): string {
  return value === null || typeof value !== 'object' ? String(value) : 'an object'
}
