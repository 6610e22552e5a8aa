import { isPlainObject, show } from '../../options/show.ts'

/** Depth at which the search ends: JSON of what is deeper is not searched either. */
const DEEPEST = 500

/**
 * Finds the first part of a value that JSON cannot hold, or would change to null or to `{}` without
 * a word, such as a Map. Properties that are undefined, or functions, are left out by JSON, and
 * Dates become strings, as everywhere in JavaScript.
 *
 * @returns the place and what to do: `films[0].seen is a Set, of which JSON keeps nothing: ...`;
 * undefined for a value that has no such part
 */
export function jsonLoss(value: unknown): string | undefined {
  return mayLose(value, 0) ? find(value, 'it', new Set()) : undefined
}

/** Returns false for plain data, quickly: most values are. */
function mayLose(value: unknown, depth: number): boolean {
  if (typeof value === 'number') return !Number.isFinite(value)
  if (typeof value !== 'object' || value === null) return typeof value === 'bigint'
  if (depth > DEEPEST) return true
  if (Array.isArray(value)) return value.some((one) => one === undefined || mayLose(one, depth + 1))
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return true
  for (const name in value) if (mayLose((value as Record<string, unknown>)[name], depth + 1)) return true
  return false
}

/** @param within the objects that hold the value */
function find(value: unknown, path: string, within: Set<object>): string | undefined {
  if (typeof value === 'number')
    return Number.isFinite(value) ? undefined : `${path} is ${value}, which JSON does not have: pass null`
  // Some applications give BigInts a form of JSON: BigInt.prototype.toJSON.
  if (typeof value === 'bigint' && !('toJSON' in BigInt.prototype))
    return `${path} is a BigInt, which JSON does not have: pass a string`
  if (typeof value !== 'object' || value === null || within.size > DEEPEST) return undefined
  if (within.has(value)) return `${path} is an object that contains itself`
  if (value instanceof Date)
    return Number.isNaN(value.getTime()) ? `${path} is an invalid Date: pass null` : undefined
  if ('toJSON' in value) return undefined
  const names = Object.keys(value)
  if (names.length === 0 && isEmptied(value))
    return `${path} is ${show(value)}, of which JSON keeps nothing${adviceFor(value)}`
  within.add(value)
  for (const name of names) {
    const part = (value as Record<string, unknown>)[name]
    const place = placeOf(value, path, name)
    if (part === undefined && Array.isArray(value))
      return `${place} is undefined, which JSON does not have: pass null`
    const loss = find(part, place, within)
    if (loss !== undefined) return loss
  }
  within.delete(value)
  return undefined
}

/** Returns true for an object that is not empty, and becomes `{}`. */
function isEmptied(value: object): boolean {
  if (Array.isArray(value) || isPlainObject(value) || ArrayBuffer.isView(value)) return false
  return !(value instanceof Number || value instanceof String || value instanceof Boolean)
}

function adviceFor(value: object): string {
  if (value instanceof Promise) return ''
  if (value instanceof Map) return ': pass Object.fromEntries(map), or [...map]'
  return value instanceof Set ? ': pass [...set]' : ': pass plain data'
}

function placeOf(value: object, path: string, name: string): string {
  if (Array.isArray(value)) return `${path}[${name}]`
  return /^[\w$]+$/.test(name) ? `${path}.${name}` : `${path}[${JSON.stringify(name)}]`
}
