import { OptionError } from '../../../errors.ts'
import { show } from '../../../options/show.ts'

/**
 * Converts the values of a field. `order` says how an index sorts them: as numbers, which are
 * stored as text, or as bytes.
 */
export interface FieldType {
  /** Name of the builder, for messages. */
  readonly name: string
  /** A value of this type, for messages: `a string`. */
  readonly expected: string
  readonly order: 'number' | 'bytes'
  /** Returns the stored form; undefined for a value of another type. */
  encode(value: unknown): string | Buffer | undefined
  decode(stored: Buffer): unknown
}

const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i

export const TEXT: FieldType = {
  name: 'text',
  expected: 'a string (without lone surrogates)',
  order: 'bytes',
  encode: (value) => (typeof value === 'string' && value.isWellFormed() ? value : undefined),
  decode: String,
}

export const UUID_TEXT: FieldType = {
  name: 'uuid',
  expected: 'a UUID',
  order: 'bytes',
  encode: (value) => (typeof value === 'string' && UUID.test(value) ? value.toLowerCase() : undefined),
  decode: String,
}

export const INTEGER: FieldType = {
  name: 'integer',
  expected: 'a whole number of at most 2^53 - 1',
  order: 'number',
  encode: (value) => (Number.isSafeInteger(value) ? String(value) : undefined),
  decode: numberIn,
}

export const NUMBER: FieldType = {
  name: 'number',
  expected: 'a number (not NaN or Infinity)',
  order: 'number',
  encode: (value) => (Number.isFinite(value) ? String(value) : undefined),
  decode: numberIn,
}

export const BOOLEAN: FieldType = {
  name: 'boolean',
  expected: 'true or false',
  order: 'number',
  encode: (value) => (typeof value === 'boolean' ? String(Number(value)) : undefined),
  decode: (stored) => numberIn(stored) === 1,
}

/** Instants: milliseconds since 1970 in UTC. */
export const DATE: FieldType = {
  name: 'date',
  expected: 'a valid Date',
  order: 'number',
  encode: (value) =>
    value instanceof Date && !Number.isNaN(value.getTime()) ? String(value.getTime()) : undefined,
  decode: (stored) => new Date(numberIn(stored)),
}

function numberIn(stored: Buffer): number {
  const text = String(stored)
  const number = text === '' ? Number.NaN : Number(text)
  if (Number.isNaN(number)) throw new OptionError(`${show(text.slice(0, 40))} is no number`)
  return number
}
