import { OptionError } from '../errors.ts'
import { toBytes } from './byte-size.ts'
import { isPlainObject, show } from './show.ts'

/** @throws OptionError always: `The option ttl must be a string, not 5.` */
export function refuseOption(option: string, expected: string, value: unknown): never {
  throw new OptionError(`The option ${option} must be ${expected}, not ${show(value)}.`)
}

/** @throws OptionError */
export function readBoolean(option: string, value: unknown): boolean {
  return typeof value === 'boolean' ? value : refuseOption(option, 'true or false', value)
}

/** @throws OptionError */
export function readString(option: string, value: unknown): string {
  return typeof value === 'string' ? value : refuseOption(option, 'a string', value)
}

/** Reads a number from `least` on; the range ends below `limit`. @throws OptionError */
export function readNumber(option: string, value: unknown, least: number, limit = Infinity): number {
  if (typeof value === 'number' && value >= least && value < limit) return value
  const range = limit === Infinity ? `of at least ${least}` : `from ${least} to below ${limit}`
  return refuseOption(option, `a number ${range}`, value)
}

/** Reads a whole number of at least `least`, or Infinity. @throws OptionError */
export function readCount(option: string, value: unknown, least: number): number {
  if (typeof value === 'number' && value >= least && (Number.isInteger(value) || value === Infinity))
    return value
  return refuseOption(option, `a whole number of at least ${least}, or Infinity`, value)
}

/** Reads a size in bytes, or Infinity. @throws OptionError */
export function readBytes(option: string, value: unknown): number {
  const bytes = value === Infinity ? value : toBytes(value, 1)
  return bytes ?? refuseOption(option, "a number of bytes, a string such as '2MB', or Infinity", value)
}

/** @throws OptionError */
export function readOneOf<T extends string>(option: string, value: unknown, choices: readonly T[]): T {
  const choice = choices.find((one) => one === value)
  return choice ?? refuseOption(option, oneOf(choices), value)
}

/**
 * Reads a group of options; its names are checked by {@link refuseUnknownNames}.
 * @param expected what the option takes, with an example, for the error
 * @throws OptionError
 */
export function readGroup<T extends object>(option: string, value: unknown, expected: string): Partial<T> {
  if (value === undefined) return {}
  return isPlainObject(value) ? (value as Partial<T>) : refuseOption(option, expected, value)
}

/** Reads a group whose `mode` alone is its short form. @throws OptionError */
export function readModeGroup<T extends { readonly mode?: string | undefined }>(
  option: string,
  value: unknown,
  modes: readonly string[],
  example: string,
): Partial<T> {
  if (modes.some((mode) => mode === value)) return { mode: value } as Partial<T>
  return readGroup<T>(option, value, `${oneOf(modes)}, or an object such as ${example}`)
}

/** Returns choices as a message lists them: `'a', 'b' or 'c'`. */
function oneOf(choices: readonly string[]): string {
  const shown = choices.map(show)
  return [shown.slice(0, -1).join(', '), ...shown.slice(-1)].filter((part) => part !== '').join(' or ')
}
