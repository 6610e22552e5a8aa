import { OptionError } from '../../errors.ts'
import { toBytes } from '../../options/byte-size.ts'
import { show } from '../../options/show.ts'
import { refuseUnknownOptions } from '../../options/unknown-option.ts'

/** The options that stores in a file of this machine have in common: how each is read. */

const SMALLEST_MAX_BYTES = 1024 * 1024

/** @throws OptionError */
export function checkOptions(
  store: string,
  options: object,
  allowed: readonly string[],
  example: string,
): void {
  if (typeof options !== 'object' || options === null)
    throw new OptionError(`${store} takes an object, such as ${example}; got ${show(options)}`)
  refuseUnknownOptions(store, options, allowed)
}

/** @throws OptionError */
export function checkPath(store: string, path: unknown): string {
  if (typeof path === 'string' && path !== '') return path
  throw new OptionError(
    `${store}: path must be where the file is to be, such as './cache'; got ${show(path)}`,
  )
}

/** @throws OptionError */
export function checkMaxBytes(store: string, maxBytes: unknown): number {
  const bytes = toBytes(maxBytes, SMALLEST_MAX_BYTES)
  if (bytes !== undefined) return bytes
  throw new OptionError(
    `${store}: maxBytes must be a whole number of bytes, at least ${SMALLEST_MAX_BYTES}, or a text such as '1GB'; got ${show(maxBytes)}`,
  )
}
