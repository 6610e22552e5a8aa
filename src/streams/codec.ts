import { OptionError } from '../errors.ts'
import { show } from '../options/show.ts'

/** A field of a message as Redis stores it. A message may have several of the same name. */
export type StreamField = readonly [name: Buffer, value: Buffer]

/** A field to be written. Strings are written as UTF-8. */
export type StreamFieldInput = readonly [name: string | Uint8Array, value: string | Uint8Array]

/**
 * Converts the data of messages to fields and back.
 *
 * @typeParam Out data as they are read
 * @typeParam In data as they are added
 */
export interface StreamCodec<Out, In = Out> {
  /** Returns the fields, at least one. What it throws rejects the `add`. */
  encode(data: In): Iterable<StreamFieldInput>
  /** Returns the data. What it throws is the `cause` of the error of `message.data`. */
  decode(fields: readonly StreamField[]): Out
}

/** Data of text fields, as they are added. */
export type TextInput = Readonly<Record<string, string | number | bigint>>

/** The default: fields of text, as every other client of Redis sees them. Numbers become text. */
export const textFields: StreamCodec<Record<string, string>, TextInput> = {
  encode: (data) => entriesOf(data).map(([name, value]) => [name, textOf(name, value)]),
  decode: (fields) => recordOf(fields, (value) => value.toString()),
}

/** Fields of bytes. Strings are written as UTF-8, and read as Buffers like all others. */
export const byteFields: StreamCodec<
  Record<string, Buffer>,
  Readonly<Record<string, string | Uint8Array>>
> = {
  encode: (data) => entriesOf(data).map(([name, value]) => [name, bytesOf(name, value)]),
  decode: (fields) => recordOf(fields, (value) => value),
}

/**
 * Creates a codec that stores each property as JSON in a field of its own. Properties that are
 * undefined are left out.
 *
 * @typeParam T type of the data, which is not checked when they are read
 *
 * @example
 * ```ts
 * const orders = new Stream(redis, 'orders', { codec: jsonFields<{ id: number; items: string[] }>()
 * })
 * ```
 */
export function jsonFields<T extends object>(): StreamCodec<T> {
  return {
    encode: (data) => {
      const fields: StreamFieldInput[] = []
      for (const [name, value] of entriesOf(data)) {
        const text: string | undefined = JSON.stringify(value)
        if (text !== undefined) fields.push([name, text])
        else if (value !== undefined) refuse(name, 'a value that JSON keeps', value)
      }
      return fields
    },
    decode: (fields) => recordOf(fields, (value) => JSON.parse(value.toString()) as unknown) as T,
  }
}

function entriesOf<T>(data: Readonly<Record<string, T>> | object): [string, T][] {
  if (typeof data === 'object' && data !== null && !Array.isArray(data)) return Object.entries(data)
  throw new OptionError(`The data of a message must be an object of fields; got ${show(data)}`)
}

function textOf(name: string, value: unknown): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'bigint') return String(value)
  return refuse(name, 'a string or a number (jsonFields() keeps other values)', value)
}

function bytesOf(name: string, value: unknown): string | Uint8Array {
  if (typeof value === 'string' || value instanceof Uint8Array) return value
  return refuse(name, 'a Uint8Array or a string', value)
}

function refuse(name: string, expected: string, value: unknown): never {
  throw new OptionError(`The field "${name}" of a message must be ${expected}; got ${show(value)}`)
}

/** The last one counts of several fields of a name. */
function recordOf<T>(fields: readonly StreamField[], read: (value: Buffer) => T): Record<string, T> {
  // A field may be named __proto__.
  return Object.fromEntries(fields.map(([name, value]) => [name.toString(), read(value)]))
}

/** Returns the fields that a codec made, as arguments of a command. @throws OptionError */
export function encodeFields<In>(codec: StreamCodec<unknown, In>, data: In): (string | Buffer)[] {
  const args: (string | Buffer)[] = []
  for (const [name, value] of codec.encode(data)) args.push(argumentOf(name), argumentOf(value))
  if (args.length > 0) return args
  throw new OptionError('A message must have at least one field')
}

function argumentOf(value: unknown): string | Buffer {
  if (typeof value === 'string' || Buffer.isBuffer(value)) return value
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  throw new OptionError(`A codec must return strings or Uint8Arrays; got ${show(value)}`)
}

/** @throws OptionError */
export function checkCodec<Out, In>(owner: string, codec: unknown = textFields): StreamCodec<Out, In> {
  const { encode, decode } = (codec ?? {}) as { encode?: unknown; decode?: unknown }
  if (typeof encode === 'function' && typeof decode === 'function') return codec as StreamCodec<Out, In>
  throw new OptionError(
    `${owner}: codec must be an object with encode and decode, such as jsonFields(); got ${show(codec)}`,
  )
}
