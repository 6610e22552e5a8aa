/**
 * Replies are latin1 strings that are ready to be sent: a command returns one, and several are
 * joined by `+`. What the two versions of the protocol encode differently is in `reply-form.ts`.
 */
export const OK = '+OK\r\n'
export const QUEUED = '+QUEUED\r\n'
export const EMPTY_ARRAY = '*0\r\n'
export const EMPTY_BULK = '$0\r\n\r\n'
export const ZERO = ':0\r\n'
export const ONE = ':1\r\n'
/** A command that answers later, or not at all. */
export const NO_REPLY = ''

/** A simple string: must not contain an end of line. */
export function simple(text: string): string {
  return `+${text}\r\n`
}

/** @param text with its code, such as `ERR syntax error` */
export function error(text: string): string {
  return `-${text.replace(/[\r\n]/g, ' ')}\r\n`
}

export function integer(value: number | bigint): string {
  return `:${value}\r\n`
}

/** Begins of bulk strings by their lengths: they need not be made for each reply. */
const BULK_HEADERS = Array.from({ length: 1_024 }, (_, length) => `$${length}\r\n`)

/** @param text one character for each byte */
export function bulk(text: string): string {
  const { length } = text
  const header = length < BULK_HEADERS.length ? (BULK_HEADERS[length] as string) : `$${length}\r\n`
  return `${header}${text}\r\n`
}

/** The begin of an array: its items follow. */
export function arrayHeader(length: number): string {
  return `*${length}\r\n`
}

/** @param items encoded replies */
export function array(items: readonly string[]): string {
  return `*${items.length}\r\n${items.join('')}`
}

export function bulkArray(texts: readonly string[]): string {
  let out = `*${texts.length}\r\n`
  for (const text of texts) out += bulk(text)
  return out
}

/** Encodes a text that is not ASCII: returns a latin1 string of its UTF-8 bytes. */
export function utf8(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1')
}
