import bytes from 'bytes'

/** A number of bytes, or a text such as `'64MB'` (of 1,048,576 bytes each), `'512 KB'`, `'1.5GB'`. */
export type ByteSize = number | string

const TEXT = /^\d+(\.\d+)? ?[kmgt]?b$/i

/** The bytes of a size, a whole number of at least `least`; undefined: it is none. */
export function toBytes(size: unknown, least: number): number | undefined {
  // The package reads a number off the front of any text.
  const read = typeof size === 'string' && TEXT.test(size) ? Math.floor(bytes.parse(size) ?? -1) : size
  return Number.isSafeInteger(read) && (read as number) >= least ? (read as number) : undefined
}
