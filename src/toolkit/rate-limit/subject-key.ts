import { createHash } from 'node:crypto'
import { OptionError } from '../../errors.ts'
import { show } from '../../options/show.ts'

/** Longest subject, in characters, that is a part of a key as it is. */
const LONGEST = 200

/**
 * Returns the part of a key that stands for a subject, such as an address or the name of a user. A
 * long one, which may be what a visitor sent, is replaced by its hash.
 *
 * @throws OptionError
 */
export function subjectKey(owner: string, subject: unknown): string {
  if (typeof subject !== 'string' || subject === '')
    throw new OptionError(`${owner}: the key must be a string that is not empty; got ${show(subject)}`)
  // A short one that looks like a hash is hashed as well, so that it cannot stand for another.
  if (subject.length <= LONGEST && !subject.startsWith('#')) return subject
  return `#${createHash('sha256').update(subject).digest('base64url')}`
}
