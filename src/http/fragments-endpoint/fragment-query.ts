import type { VaryValues } from '../../core/definition/define-fragment.ts'
import type { Params, ParamValue } from '../../core/definition/params.ts'
import { OptionError } from '../../errors.ts'
import { isPlainObject } from '../../options/show.ts'

/** The names of a query that are no parameters. */
export const VARY = 'vary'
export const SIGNATURE = 'signature'

/** The parts of a query of the endpoint. */
export interface FragmentQuery {
  readonly params: Params
  readonly vary: VaryValues
}

/**
 * Writes parameters as pairs of a query, sorted: strings as they are, unless they would be read as
 * JSON; all else as JSON.
 *
 * @throws OptionError for a parameter whose name has another meaning
 */
export function encodeQuery({ params, vary }: FragmentQuery): [name: string, value: string][] {
  const taken = [VARY, SIGNATURE].find((name) => Object.hasOwn(params, name))
  if (taken !== undefined) {
    throw new OptionError(
      `A fragment with the parameter "${taken}" has no URL: the name has a meaning there. Rename the parameter.`,
    )
  }
  const pairs = Object.entries(params).map(([name, value]) => [name, encode(value)] as [string, string])
  const varies = Object.entries(vary).sort(byName)
  if (varies.length > 0) pairs.push([VARY, JSON.stringify(Object.fromEntries(varies))])
  return pairs.sort(byName)
}

/** Reads what {@link encodeQuery} has written; undefined if it is something else. */
export function decodeQuery(pairs: readonly (readonly [string, string])[]): FragmentQuery | undefined {
  const params: Record<string, ParamValue> = {}
  let vary: unknown = {}
  for (const [name, text] of pairs) {
    const value = decode(text)
    if (name === VARY) vary = value
    else Object.defineProperty(params, name, { value, enumerable: true, configurable: true, writable: true })
  }
  return isPlainObject(vary) ? { params, vary: vary as VaryValues } : undefined
}

function encode(value: ParamValue): string {
  return typeof value === 'string' && typeof decode(value) === 'string' && decode(value) === value
    ? value
    : JSON.stringify(value)
}

function decode(text: string): ParamValue {
  try {
    return JSON.parse(text) as ParamValue
  } catch {
    return text
  }
}

function byName([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number {
  return one < other ? -1 : Number(one > other)
}
