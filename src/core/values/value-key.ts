import { OptionError } from '../../errors.ts'
import { show } from '../../options/show.ts'
import { digestName, LONGEST_TEXT, nameOfText } from '../key/digested-text.ts'

/**
 * Marks values under a cache's prefix. Fragments go on with a length, tags with `#`, locks with
 * `!`.
 */
const MARK = '$'
/** Ends a prefix: `clear('a')` reaches `a` and `a:1`, not `ab`. */
const SEPARATOR = ':'

/** Returns the key of a value in the store. @throws OptionError */
export function valueKey(keyPrefix: string, key: unknown): string {
  if (typeof key === 'string' && key !== '') return `${keyPrefix}${MARK}${namesOfSegments(key)}`
  throw new OptionError(
    `The key of a value must be a string, such as 'user:1', not ${key === '' ? 'an empty one' : show(key)}.`,
  )
}

/** Returns the begin of the keys under a prefix. @throws OptionError for one that is too long */
export function keysUnder(keyPrefix: string, prefix: string): string {
  const begin = valueKey(keyPrefix, prefix) + SEPARATOR
  if (begin === valueKey(keyPrefix, prefix + SEPARATOR)) return begin
  throw new OptionError(`A prefix of keys has fewer than ${LONGEST_TEXT} characters: use a shorter one.`)
}

/**
 * Returns each segment by its name, so that a key with a long segment begins as its prefixes do.
 * Segments for which there is no room become one digest.
 */
function namesOfSegments(key: string): string {
  let names = ''
  for (let at = 0; ; ) {
    const end = key.indexOf(SEPARATOR, at)
    const last = end === -1
    const name = last ? nameOfText(key.slice(at)) : nameOfText(key.slice(at, end)) + SEPARATOR
    if (names.length + name.length > LONGEST_TEXT) return names + digestName(key.slice(at))
    names += name
    if (last) return names
    at = end + 1
  }
}

/** Returns the key as the user knows it; a long one with digests. */
export function keyOf(keyPrefix: string, stored: string): string {
  return stored.slice(keyPrefix.length + MARK.length)
}

/** Returns the name that a value counts under: its first segment. */
export function nameOf(key: string): string {
  const end = key.indexOf(SEPARATOR)
  return nameOfText(end === -1 ? key : key.slice(0, end))
}

/** Returns the begin of the keys of all values. */
export function allValues(keyPrefix: string): string {
  return `${keyPrefix}${MARK}`
}

/** Returns the begin of the keys of all cached functions. */
export function cachedPrefix(keyPrefix: string): string {
  return `${keyPrefix}@`
}
