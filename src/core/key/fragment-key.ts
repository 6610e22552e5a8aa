import { KeyPartError } from '../../errors.ts'
import { digestOf, LONGEST_TEXT } from './digested-text.ts'

/** Length of a text that is short even when encoded. */
const SHORT_TEXT = LONGEST_TEXT - 's1234:'.length

/** Place of a key, for errors. */
export interface KeyPlace {
  readonly template: string
  readonly line: number
  /** The parts as the template writes them. */
  readonly parts?: readonly string[]
}

/**
 * Returns the key of a fragment. Each part is written with its type and length, so that two
 * different lists never give one key: `("a:b", "c")` and `("a", "b:c")` differ, and so do `1` and
 * `"1"`. A part that is long, or holds a lone surrogate, is written as its digest, with a type of
 * its own.
 *
 * @param prefix see {@link keyPrefix}
 * @param kind what it is the key of, for errors
 * @throws KeyPartError
 */
export function fragmentKey(
  prefix: string,
  name: string,
  parts: readonly unknown[],
  place?: KeyPlace,
  kind = 'fragment',
): string {
  let key = prefix === lastPrefix && name === lastName ? lastStart : startOf(prefix, name)
  for (let n = 0; n < parts.length; n++) key += encodePartAt(parts, n, kind, name, place)
  return key
}

// A page has many fragments of one name.
let lastPrefix = ''
let lastName = ''
let lastStart = named(lastName)

/** Returns the begin of the keys of a fragment. */
function startOf(prefix: string, name: string): string {
  lastPrefix = prefix
  lastName = name
  lastStart = `${prefix}${named(name)}`
  return lastStart
}

/**
 * Returns the end of a key: what the fragment differs by beside its parts, by name. No part begins
 * like it.
 *
 * @param values strings, numbers and booleans
 */
export function encodeVary(values: readonly (readonly [name: string, value: unknown])[]): string {
  return [...values]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `:v${named(name)}=${bounded(encodeOther(value, problemOfVary, []))}`)
    .join('')
}

/**
 * Returns true if a key is made of these parts, whatever it varies by. @param parts a {@link
 * fragmentKey}
 */
export function isVariantOf(key: string, parts: string): boolean {
  return key === parts || key.startsWith(`${parts}:v`)
}

const problemOfVary: Refuse = (what, path) =>
  new KeyPartError(`A value that a fragment varies by ${inside(path, what)}.`)

/** Returns the begin of all keys of a cache. */
export function keyPrefix(prefix: string, release: string): string {
  return `${prefix}:${release.length}:${release}:`
}

/** A part of a key as it stands there, with the colon before it. */
function encodePartAt(
  parts: readonly unknown[],
  at: number,
  kind: string,
  name: string,
  place: KeyPlace | undefined,
): string {
  const value = parts[at]
  // Most parts are short strings, which are written without looking at them.
  if (typeof value === 'string' && value.length <= SHORT_TEXT && value.isWellFormed())
    return (TEXT_STARTS[value.length] as string) + value
  if (typeof value === 'number' && Number.isFinite(value)) {
    const text = String(value)
    return (NUMBER_STARTS[text.length] as string) + text
  }
  return encodeLater(value, kind, name, at, place)
}

/** Apart from the rest, since it makes a function for the message of an error. */
function encodeLater(
  value: unknown,
  kind: string,
  name: string,
  at: number,
  place: KeyPlace | undefined,
): string {
  const refuse: Refuse = (what, path) => problem(kind, name, at + 1, place, inside(path, what))
  return `:${bounded(encodeOther(value, refuse, []))}`
}

// By length: a key that is put together of fewer texts is smaller, until something flattens it.
const TEXT_STARTS = Array.from({ length: SHORT_TEXT + 1 }, (_, length) => `:s${length}:`)
/** No number has more than 25 characters: `-0.0000012345678901234567`. */
const NUMBER_STARTS = Array.from({ length: 32 }, (_, length) => `:n${length}:`)

/** Returns an encoded value as it stands in a key. No value has the type of a digest. */
function bounded(encoded: string): string {
  return encoded.length <= LONGEST_TEXT && encoded.isWellFormed() ? encoded : tagged('h', digestOf(encoded))
}

/** Returns a name with its length; no length begins as a digest does. */
function named(name: string): string {
  return name.isWellFormed() ? `${name.length}:${name}` : tagged('h', digestOf(name))
}

/** Encodes one value as a part of a key. @throws KeyPartError */
export function encodePart(value: unknown, title: string): string {
  return bounded(encodeOther(value, (what, path) => new KeyPartError(`${title} ${inside(path, what)}.`), []))
}

/** @param path of what is wrong in the value, such as `.owner.id` or `[2]`; empty: the value */
type Refuse = (what: string, path: string) => KeyPartError

function inside(path: string, what: string): string {
  return path === '' ? what : `has ${path}, which ${what}`
}

function encodeOther(value: unknown, refuse: Refuse, around: readonly object[], path = ''): string {
  switch (typeof value) {
    case 'string':
      return tagged('s', value)
    case 'number':
      if (Number.isFinite(value)) return tagged('n', String(value))
      throw refuse(`is ${value}`, path)
    case 'boolean':
      return tagged('b', String(value))
    case 'bigint':
      return tagged('i', String(value))
    case 'object':
      if (value !== null) return encodeObject(value, refuse, around, path)
      if (around.length > 0) return tagged('z', '')
      throw refuse('is null: every page without a value would share one fragment', path)
    case 'undefined':
      throw refuse('is undefined: every page without a value would share one fragment', path)
    default:
      throw refuse(`is a ${typeof value}`, path)
  }
}

function encodeObject(value: object, refuse: Refuse, around: readonly object[], path: string): string {
  if (around.includes(value)) throw refuse('contains itself', path)
  const within = [...around, value]
  if (Array.isArray(value))
    return tagged('a', value.map((item, n) => encodeOther(item, refuse, within, `${path}[${n}]`)).join(''))
  if (value instanceof Date) {
    const time = value.getTime()
    if (Number.isNaN(time)) throw refuse('is an invalid Date', path)
    return tagged('d', String(time))
  }
  const prototype = Object.getPrototypeOf(value)
  if (prototype === Object.prototype || prototype === null) {
    return encodeFields(value as Fields, refuse, within, path)
  }
  // A string in a wrapper: String, and what template engines mark as safe.
  const text: unknown = value.valueOf()
  if (typeof text === 'string') return tagged('s', text)
  if (value instanceof Promise) throw refuse('is a Promise: await it before', path)
  const written = ownForm(value as Partial<Written>)
  if (written) return written
  const name = value.constructor?.name || 'class instance'
  const id = IDS.find((one) => ['string', 'number', 'bigint'].includes(typeof (value as Fields)[one]))
  const instead = id === undefined ? 'a value that identifies it' : `its ${id}${path && ` (${path}.${id})`}`
  throw refuse(`is a ${name}, which has no stable form: use ${instead}`, path)
}

function encodeFields(value: Fields, refuse: Refuse, within: readonly object[], path: string): string {
  let text = ''
  for (const field of Object.keys(value).sort()) {
    const item = value[field]
    if (item === undefined) continue
    text += tagged('s', field)
    // The path is for an error, and these have none.
    if (typeof item === 'string') text += tagged('s', item)
    else if (typeof item === 'number' && Number.isFinite(item)) text += tagged('n', String(item))
    else text += encodeOther(item, refuse, within, `${path}.${field}`)
  }
  return tagged('o', text)
}

/** Properties that tell an object from others, for a message. */
const IDS = ['id', '_id', 'uuid', 'slug', 'key', 'code']

interface Written {
  toHexString(): unknown
  toJSON(): unknown
}

/** Returns an instance's own form: MongoDB's ObjectId, a decimal, a URL, another library's time. */
function ownForm(value: Partial<Written>): string | undefined {
  const hex = typeof value.toHexString === 'function' ? value.toHexString() : undefined
  if (typeof hex === 'string') return tagged('x', hex)
  const json = typeof value.toJSON === 'function' ? value.toJSON() : undefined
  return typeof json === 'string' ? tagged('j', json) : undefined
}

type Fields = Record<string, unknown>

function tagged(type: string, text: string): string {
  return `${type}${text.length}:${text}`
}

function problem(
  kind: string,
  name: string,
  n: number,
  place: KeyPlace | undefined,
  what: string,
): KeyPartError {
  const where = place ? ` (${place.template}, line ${place.line})` : ''
  const written = place?.parts?.[n - 1]
  const part = written === undefined ? `Part ${n}` : `Part ${n} (${written})`
  return new KeyPartError(`${part} of the key of the ${kind} "${name}" ${what}${where}.`)
}
