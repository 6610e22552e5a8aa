import { createHash } from 'node:crypto'

/** The longest text, in characters, that stands in a key as it is. */
export const LONGEST_TEXT = 1024

/**
 * Begins the name of a text that does not stand for itself. A noncharacter: no text is meant to hold it, and
 * one that begins with it is replaced by its own digest, so that it is never taken for another's.
 */
const MARK = '\uffff'

/** SHA-256 of a text's UTF-16, in hex: in UTF-8 all lone surrogates would become one character. */
export function digestOf(text: string): string {
  return createHash('sha256').update(text, 'utf16le').digest('hex')
}

/**
 * Returns a text by which a store can tell it from all others: the text itself; for one that is long, as what
 * a visitor types may be, or that holds a lone surrogate, which UTF-8 cannot write, its digest.
 */
export function nameOfText(text: string): string {
  const plain = text.length <= LONGEST_TEXT && text[0] !== MARK && text.isWellFormed()
  return plain ? text : digestName(text)
}

/** The name of a text that is replaced by its digest, whatever it is. */
export function digestName(text: string): string {
  return MARK + digestOf(text)
}
