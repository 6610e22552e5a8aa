import { createHash } from 'node:crypto'

/** Returns the digest of a template's source. */
export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 22)
}

/**
 * The digest of a template that is not there: a fragment that included it, missing, is another once
 * it is.
 */
export const ABSENT = 'absent'

const TEXT_NAME = 'text:'

/** Returns the name of a template that has none: it is known by its text. */
export function nameOfText(digest: string): string {
  return TEXT_NAME + digest
}

/** The digest of a template of no name, which is part of what it is known by. */
export function digestOfText(name: string): string | undefined {
  return name.startsWith(TEXT_NAME) ? name.slice(TEXT_NAME.length) : undefined
}
