import { OptionError } from '../errors.ts'
import { toBytes } from '../options/byte-size.ts'
import { show } from '../options/show.ts'
import { refuseUnknownOptions } from '../options/unknown-option.ts'

/** The longest delay of a timer, in ms. */
const LONGEST_TIMEOUT = 2 ** 31 - 1

/** @throws OptionError where `options` is not an object, or has an option that is not allowed */
export function checkOptions(
  owner: string,
  options: unknown,
  allowed: readonly string[],
  example: string,
): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    throw new OptionError(
      `The options of ${owner} must be an object such as ${example}; got ${show(options)}`,
    )
  refuseUnknownOptions(owner, options, allowed)
}

/** @throws OptionError */
export function checkNumber(
  owner: string,
  name: string,
  value: unknown,
  least: number,
  most = LONGEST_TIMEOUT,
): number {
  if (Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most)
    return value as number
  throw new OptionError(
    `${owner}: ${name} must be a whole number from ${least} to ${most}; got ${show(value)}`,
  )
}

/** @throws OptionError */
export function checkMaxBytes(owner: string, value: unknown, least: number, example: string): number {
  const bytes = toBytes(value, least)
  if (bytes !== undefined) return bytes
  throw new OptionError(
    `${owner}: maxBytes must be a whole number of bytes, at least ${least}, ` +
      `or a string such as '${example}'; got ${show(value)}`,
  )
}
