import { createHash } from 'node:crypto'

/** Length of the longest text that stands in a key as it is, in characters. */
export const LONGEST_TEXT = 1024

/**
 * Begins the name of a text that is replaced by its digest. No text is meant to hold this
 * noncharacter, and one that begins with it is replaced, too.
 */
const MARK = '\uffff'

/** Returns SHA-256 of UTF-16, in hex: UTF-8 would turn all lone surrogates into one character. */
export function digestOf(text: string): string {
  return createHash('sha256').update(text, 'utf16le').digest('hex')
}

/**
 * Returns a text by which a store can tell it from all others: the text itself, or its digest if it
 * is long, as what a visitor types may be, or holds a lone surrogate, which UTF-8 cannot write.
 */
export function nameOfText(text: string): string {
  const plain = text.length <= LONGEST_TEXT && text[0] !== MARK && text.isWellFormed()
  return plain ? text : digestName(text)
}

/** Returns the digest of a text as a name. */
export function digestName(text: string): string {
  return MARK + digestOf(text)
}
