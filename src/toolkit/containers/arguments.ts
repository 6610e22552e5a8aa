import { OptionError } from '../../errors.ts'
import { isPlainObject, show } from '../../options/show.ts'
import { refuseUnknownOptions } from '../../options/unknown-option.ts'

/** Arguments of a command. */
export type Arguments = (string | Buffer)[]

/** Most arguments of one command: at some more, Redis closes the connection. */
const MOST = 1_000_000

export const noArguments = (): Arguments => []

/** @throws OptionError */
export function checkLength(args: Arguments): Arguments {
  if (args.length <= MOST) return args
  throw new OptionError(`One call takes at most ${MOST} values and options; got ${args.length}`)
}

/** Checks an object of options. @throws OptionError */
export function checkOptions(
  owner: string,
  options: unknown,
  names: readonly string[],
  hints: Readonly<Record<string, string>> = {},
): void {
  if (!isPlainObject(options))
    throw new OptionError(`${owner} takes an object of options; got ${show(options)}`)
  refuseUnknownOptions(owner, options, names, hints)
}

/** Returns text that a caller gave as a name. @throws OptionError */
export function checkText(what: string, value: unknown): string {
  if (typeof value === 'string') return value
  throw new OptionError(`${what} must be a string; got ${show(value)}`)
}

/** Returns the argument for a whole number. @throws OptionError */
export function integerArgument(what: string, value: unknown): string {
  if (Number.isSafeInteger(value)) return String(value)
  throw new OptionError(`${what} must be a whole number; got ${show(value)}`)
}

/** Returns the argument for a number. @throws OptionError */
export function numberArgument(what: string, value: unknown): string {
  if (typeof value === 'number' && !Number.isNaN(value))
    return value === Infinity ? '+inf' : value === -Infinity ? '-inf' : String(value)
  throw new OptionError(`${what} must be a number; got ${show(value)}`)
}

/** Returns the argument for a number of items. @throws OptionError */
export function countArgument(what: string, value: unknown): string {
  if (Number.isSafeInteger(value) && Number(value) >= 0) return String(value)
  throw new OptionError(`${what} must be a whole number of at least 0; got ${show(value)}`)
}

/** Returns what is iterable, for arguments. @throws OptionError */
export function listArgument<T>(what: string, values: Iterable<T>): readonly T[] {
  if (Array.isArray(values)) return values
  if (typeof values === 'object' && values !== null && Symbol.iterator in values) return [...values]
  throw new OptionError(`${what} takes an array, or another iterable object; got ${show(values)}`)
}

/**
 * Returns the positions, both inclusive, of `slice(start, end)` of an array: an end that is not
 * above the start gives a range that Redis finds empty.
 *
 * @throws OptionError
 */
export function sliceArguments(method: string, start: unknown = 0, end?: unknown): [string, string] {
  const from = integerArgument(`The start of ${method}`, start)
  if (end === undefined) return [from, '-1']
  const to = Number(integerArgument(`The end of ${method}`, end))
  // One below 0 would be the last item.
  return to === 0 ? ['1', '0'] : [from, String(to - 1)]
}
