import { OptionError } from '../../errors.ts'
import { show } from '../../options/show.ts'
import { digestName, LONGEST_TEXT, nameOfText } from '../key/digested-text.ts'

/** What tells values from all else under a cache's prefix: fragments go on with a length, tags with `#`, locks with `!`. */
const MARK = '$'
/** A prefix ends here: `clear('a')` reaches `a` and `a:1`, and leaves `ab` alone. */
const SEPARATOR = ':'

/** Where a value lies. @throws OptionError */
export function valueKey(keyPrefix: string, key: unknown): string {
  if (typeof key === 'string' && key !== '') return `${keyPrefix}${MARK}${namesOfSegments(key)}`
  throw new OptionError(
    `The key of a value is a text, such as 'user:1', not ${key === '' ? 'an empty one' : show(key)}.`,
  )
}

/**
 * What the keys under a prefix begin with.
 * @throws OptionError for a prefix of which keys under it hold a part only
 */
export function keysUnder(keyPrefix: string, prefix: string): string {
  const begin = valueKey(keyPrefix, prefix) + SEPARATOR
  if (begin === valueKey(keyPrefix, prefix + SEPARATOR)) return begin
  throw new OptionError(`A prefix of keys has fewer than ${LONGEST_TEXT} characters: use a shorter one.`)
}

/**
 * Each segment by its name, so that a key with a long one still begins as its prefixes do. Segments for which
 * there is no room are written as one digest.
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

/** The key as the user knows it; of a long one, with digests in place of what is long. */
export function keyOf(keyPrefix: string, stored: string): string {
  return stored.slice(keyPrefix.length + MARK.length)
}

/** What counts as the name of a value: its first segment. */
export function nameOf(key: string): string {
  const end = key.indexOf(SEPARATOR)
  return nameOfText(end === -1 ? key : key.slice(0, end))
}

/** What the keys of all values begin with. */
export function allValues(keyPrefix: string): string {
  return `${keyPrefix}${MARK}`
}

/** What the keys of the results of a cached function begin with. */
export function cachedPrefix(keyPrefix: string): string {
  return `${keyPrefix}@`
}
