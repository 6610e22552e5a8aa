import bytes from 'bytes'

/**
 * A number of bytes, or a string such as `'64MB'` (1,048,576 bytes each), `'512 KB'`, `'1.5GB'`.
 */
export type ByteSize = number | string

const TEXT = /^\d+(\.\d+)? ?[kmgt]?b$/i

/** Returns the bytes of a size, a whole number of at least `least`, or undefined. */
export function toBytes(size: unknown, least: number): number | undefined {
  // The package reads a number at the start of any string.
  const read = typeof size === 'string' && TEXT.test(size) ? Math.floor(bytes.parse(size) ?? -1) : size
  return Number.isSafeInteger(read) && (read as number) >= least ? (read as number) : undefined
}
