import { messageOf } from '../../errors.ts'
import { isPlainObject } from '../../options/show.ts'
import { shown, UsageError } from './usage-error.ts'

/** Reads a list such as `a,b`. */
export function list(text: string): string[] {
  return text.split(',').map((one) => one.trim())
}

/** Collects the values of an option that may be given several times. */
export function collected(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text]
}

/** Returns a reader of a whole number. @throws UsageError by the reader */
export function count(name: string, most: number, least = 1): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
    if (value >= least && value <= most) return value
    throw new UsageError(`--${name} must be a whole number from ${least} to ${most}, not ${shown(text)}.`)
  }
}

/** Values that a fragment varies by, by name. */
export type VaryFlag = Readonly<Record<string, unknown>>

/** Reads an object in JSON. @throws UsageError */
export function vary(text: string): VaryFlag {
  try {
    const value: unknown = JSON.parse(text)
    if (isPlainObject(value)) return value
  } catch {
    // It is no JSON.
  }
  throw new UsageError(`--vary must be an object in JSON, such as '{"locale":"de"}', not ${shown(text)}.`)
}

/** Returns a reader that turns errors of `read` into errors of the command line. */
export function refusing<T>(read: (text: string) => T, message: (text: string, error: string) => string) {
  return (text: string): T => {
    try {
      return read(text)
    } catch (error) {
      throw new UsageError(message(shown(text), messageOf(error)))
    }
  }
}
