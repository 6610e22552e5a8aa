import { messageOf } from '../monitoring/faults.ts'
import { bulk, error, integer, utf8 } from '../protocol/reply.ts'
import type { ReplyForm } from '../protocol/reply-form.ts'

/** Deepest arrays in arrays; a circular one never ends. */
const MAX_DEPTH = 64

/**
 * Encodes what the handler of a custom command returns: strings (as UTF-8) and Buffers as bulk
 * strings, whole numbers and bigints as integers, other numbers as doubles, booleans, null and
 * undefined as nil, arrays, Sets, Maps and plain objects as dictionaries, Errors as errors.
 *
 * @throws TypeError for anything else
 */
export function encodeResult(form: ReplyForm, value: unknown, depth = 0): string {
  if (depth > MAX_DEPTH) throw new TypeError(`the result is nested deeper than ${MAX_DEPTH}`)
  switch (typeof value) {
    case 'string':
      return bulk(utf8(value))
    case 'number':
      return Number.isSafeInteger(value) ? integer(value) : form.double(value)
    case 'bigint':
      if (BigInt.asIntN(64, value) !== value) throw new TypeError(`${value} is no integer of 64 bits`)
      return integer(value)
    case 'boolean':
      return form.boolean(value)
    case 'undefined':
      return form.nil
    case 'object':
      return value === null ? form.nil : encodeObject(form, value, depth + 1)
    default:
      throw new TypeError(`a ${typeof value} is no reply`)
  }
}

function encodeObject(form: ReplyForm, value: object, depth: number): string {
  if (value instanceof Error) return encodeError(value)
  if (value instanceof Uint8Array)
    return bulk(Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('latin1'))
  const encode = (item: unknown) => encodeResult(form, item, depth)
  // What is missing in an array is nil: map() would leave it out.
  if (Array.isArray(value)) return `*${value.length}\r\n${Array.from(value, encode).join('')}`
  if (value instanceof Set) return form.setHeader(value.size) + [...value].map(encode).join('')
  const prototype: unknown = Object.getPrototypeOf(value)
  if (!(value instanceof Map) && prototype !== null && prototype !== Object.prototype)
    throw new TypeError(`an instance of ${value.constructor.name} is no reply`)
  const pairs = value instanceof Map ? [...value] : Object.entries(value)
  return form.mapHeader(pairs.length) + pairs.map(([key, item]) => encode(key) + encode(item)).join('')
}

/** Encodes an error. */
export function encodeError(thrown: unknown): string {
  return error(errorText(thrown))
}

/** Returns the text of an error. A message without a code of Redis, such as WRONGTYPE, has ERR. */
export function errorText(thrown: unknown): string {
  const message = messageOf(thrown)
  return utf8(/^[A-Z][A-Z0-9]+( |$)/.test(message) ? message : `ERR ${message}`)
}
