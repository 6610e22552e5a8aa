import { KeyPartError } from '../../errors.ts'
import { nearestOf } from '../../options/nearest-name.ts'

/** A value of a parameter: what JSON keeps. */
export type ParamValue =
  | string
  | number
  | boolean
  | null
  | readonly ParamValue[]
  | { readonly [name: string]: ParamValue }

/** The parameters of a defined fragment, by name. */
export type Params = Readonly<Record<string, ParamValue>>

/** Constraint of a type of parameters: an object of such values, also if it is an interface. */
export type ParamsOf<P> = { readonly [Name in keyof P]: ParamValue }

/**
 * Copies the parameters of a defined fragment. They are part of its key, and travel to other
 * processes: so they are what JSON keeps.
 *
 * @param names those that it takes; undefined: any
 * @param where the place that gives them, for messages
 * @throws KeyPartError
 */
export function readParams(
  given: Readonly<Record<string, unknown>>,
  names: readonly string[] | undefined,
  fragment: string,
  where: string,
): Params {
  const params: Record<string, ParamValue> = {}
  // Sorted: they are one string where they are counted.
  for (const param of Object.keys(given).sort()) {
    if (names && !names.includes(param)) throw unknownParam(param, names, fragment, where)
    const value = given[param]
    const copy = isSimple(value) ? value : copyOf(value, refuserOf(param, fragment, where), [], '')
    if (param === '__proto__') defineProto(params, copy)
    else params[param] = copy
  }
  const missing = names?.find((name) => !Object.hasOwn(params, name))
  if (missing === undefined) return Object.freeze(params)
  throw new KeyPartError(
    `The parameter "${missing}" of the fragment "${fragment}" is missing${where}: it takes ${listed(names)}.`,
  )
}

function isSimple(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value)
}

/** Defines an own property: an assignment would set the prototype, which is no part of a key. */
function defineProto(params: object, value: ParamValue): void {
  Object.defineProperty(params, '__proto__', { value, enumerable: true, configurable: true, writable: true })
}

/** Apart from the loop: a function for each parameter would cost as much as to read it. */
function refuserOf(param: string, fragment: string, where: string): Refuse {
  return (what, path) => {
    const inside = path === '' ? what : `has ${path}, which ${what}`
    return new KeyPartError(`The parameter "${param}" of the fragment "${fragment}" ${inside}${where}.`)
  }
}

type Refuse = (what: string, path: string) => KeyPartError

function unknownParam(
  param: string,
  names: readonly string[],
  fragment: string,
  where: string,
): KeyPartError {
  const nearest = nearestOf(param, names)
  const near = nearest === undefined ? '' : ` Did you mean "${nearest}"?`
  return new KeyPartError(
    `The fragment "${fragment}" has no parameter "${param}"${where}: it takes ${listed(names)}.${near}`,
  )
}

function listed(names: readonly string[] = []): string {
  return names.length === 0 ? 'none' : names.map((name) => `"${name}"`).join(', ')
}

function copyOf(value: unknown, refuse: Refuse, around: readonly object[], path: string): ParamValue {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value
    case 'number':
      if (Number.isFinite(value)) return value
      throw refuse(`is ${value}`, path)
    case 'undefined':
      throw refuse('is undefined: everything without a value would share one fragment', path)
    case 'object':
      if (value !== null) return copyOfObject(value, refuse, around, path)
      if (around.length > 0) return null
      throw refuse('is null: everything without a value would share one fragment', path)
    default:
      throw refuse(`is a ${typeof value}: pass what JSON keeps, such as a string`, path)
  }
}

function copyOfObject(value: object, refuse: Refuse, around: readonly object[], path: string): ParamValue {
  if (around.includes(value)) throw refuse('contains itself', path)
  const within = [...around, value]
  if (Array.isArray(value))
    return Object.freeze(value.map((item, n) => copyOf(item, refuse, within, `${path}[${n}]`)))
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Object.prototype || prototype === null) {
    const copies = Object.entries(value)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .filter(([, item]) => item !== undefined)
      .map(([name, item]) => [name, copyOf(item, refuse, within, `${path}.${name}`)] as const)
    return Object.freeze(Object.fromEntries(copies))
  }
  // A string in a wrapper: String, and what template engines mark as safe.
  const text: unknown = value.valueOf()
  if (typeof text === 'string') return text
  const name = value.constructor?.name || 'class instance'
  throw refuse(`is a ${name}: pass what JSON keeps, such as its id as a string`, path)
}

/** Returns the parts of the key of a fragment with these parameters. */
export function partsOf(params: object): readonly unknown[] {
  return Object.keys(params).length === 0 ? NO_PARTS : [params]
}

const NO_PARTS: readonly unknown[] = []
