import { TaskArgumentsError } from '../errors.ts'
import { isPlainObject } from '../options/show.ts'

/** Depth from which on a value is taken for one that contains itself. */
const DEEPEST = 200

/**
 * Encodes the arguments of a call as JSON. Arguments at the end that are undefined are left out.
 *
 * @throws TaskArgumentsError that names the value that JSON does not have
 */
export function encodeArguments(task: string, args: readonly unknown[], maxBytes: number): string {
  let length = args.length
  while (length > 0 && args[length - 1] === undefined) length--
  const given = length === args.length ? args : args.slice(0, length)
  if (!isJson(given, 0)) explain(task, given, 'arguments', 0)
  return checkBytes(`The arguments of the task "${task}" have`, JSON.stringify(given), maxBytes)
}

/** Encodes a result: an empty string for undefined. @throws TaskArgumentsError */
export function encodeResult(task: string, result: unknown, maxBytes: number): string {
  if (result === undefined) return ''
  if (!isJson(result, 0)) explain(task, result, 'result', 0)
  return checkBytes(`The result of the task "${task}" has`, JSON.stringify(result), maxBytes)
}

/** Encodes a value that a handler gives as its progress. @throws TaskArgumentsError */
export function encodeProgress(task: string, value: unknown, maxBytes: number): string {
  const given = value === undefined ? null : value
  if (!isJson(given, 0)) explain(task, given, 'progress', 0)
  return checkBytes(`The progress of the task "${task}" has`, JSON.stringify(given), maxBytes)
}

function checkBytes(what: string, json: string, maxBytes: number): string {
  // UTF-8 has at most three bytes for each UTF-16 unit.
  if (json.length * 3 <= maxBytes || Buffer.byteLength(json) <= maxBytes) return json
  throw new TaskArgumentsError(
    `${what} ${Buffer.byteLength(json)} bytes as JSON: maxBytes is ${maxBytes}. Store what is large elsewhere, and pass its key.`,
  )
}

/** Returns true for what is the same after JSON. Properties that are undefined may be lost. */
function isJson(value: unknown, depth: number): boolean {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return true
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value !== 'object' || depth > DEEPEST) return false
  if (Array.isArray(value)) {
    for (let n = 0; n < value.length; n++) if (!isJson(value[n], depth + 1)) return false
    return true
  }
  if (!isPlainObject(value) || 'toJSON' in value) return false
  for (const name of Object.keys(value))
    if (value[name] !== undefined && !isJson(value[name], depth + 1)) return false
  return true
}

/** Finds the first value that is not JSON, and says where it is. @throws TaskArgumentsError */
function explain(task: string, value: unknown, path: string, depth: number): void {
  if (depth > DEEPEST) refuse(task, path.slice(0, 100), 'contains itself, or is more than 200 levels deep')
  if (typeof value !== 'object' || value === null) {
    if (!isJson(value, depth))
      refuse(task, path, `is ${named(value)}, which JSON does not have${adviceFor(value)}`)
    return
  }
  if (Array.isArray(value)) {
    for (let n = 0; n < value.length; n++) explain(task, value[n], `${path}[${n}]`, depth + 1)
    return
  }
  if (value instanceof Date)
    refuse(task, path, 'is a Date, which would arrive as a string: pass date.toISOString() or date.getTime()')
  if (!isPlainObject(value) || 'toJSON' in value)
    refuse(task, path, `is an instance of ${value.constructor?.name || 'a class'}: pass plain data`)
  for (const [name, member] of Object.entries(value)) {
    const within = /^[\w$]+$/.test(name) ? `${path}.${name}` : `${path}[${JSON.stringify(name)}]`
    if (member !== undefined) explain(task, member, within, depth + 1)
  }
}

function refuse(task: string, path: string, reason: string): never {
  throw new TaskArgumentsError(`The task "${task}": ${path} ${reason}.`)
}

function named(value: unknown): string {
  if (typeof value === 'function') return value.name === '' ? 'a function' : `the function ${value.name}`
  if (typeof value === 'bigint') return 'a BigInt'
  return typeof value === 'symbol' ? 'a symbol' : String(value)
}

function adviceFor(value: unknown): string {
  if (typeof value === 'bigint') return ': pass a string'
  return typeof value === 'function' || typeof value === 'symbol' ? '' : ': pass null'
}
