import { isPlainObject } from '../../options/show.ts'

/**
 * Reads a part of a key from the command line: `42` is a number, `true` a boolean, `"42"` a string,
 * as are all words that are no JSON. Arrays and objects are JSON. A number must be written as
 * JavaScript writes it: `007` and `1e3` are strings.
 */
export function readPart(text: string): unknown {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return text
  }
  if (typeof value === 'number') return String(value) === text ? value : text
  const isPart = typeof value === 'string' || typeof value === 'boolean' || Array.isArray(value)
  return isPart || isPlainObject(value) ? value : text
}

/** Writes a part so that {@link readPart} reads the same, as one word of a command line. */
export function writePart(part: unknown): string {
  if (typeof part === 'string' && readPart(part) === part && !/^$|[\s"'\\]/.test(part)) return part
  return JSON.stringify(part)
}

/** Returns the other part that is written alike: `42` and `"42"`. */
export function twinOf(part: unknown): unknown {
  if (typeof part === 'number' || typeof part === 'boolean') return String(part)
  if (typeof part !== 'string') return undefined
  const read = readPart(part)
  return typeof read === 'number' || typeof read === 'boolean' ? read : undefined
}
