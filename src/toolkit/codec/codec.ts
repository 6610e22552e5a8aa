import { OptionError } from '../../errors.ts'
import { show } from '../../options/show.ts'

/**
 * Converts values to what Redis stores, and back.
 *
 * @typeParam Out values as they are read
 * @typeParam In values as they are written
 */
export interface Codec<Out, In = Out> {
  /** Returns the stored form. What it throws rejects the call that writes. */
  encode(value: In): string | Uint8Array
  /** Returns the value. What it throws is the `cause` of the error of the call that reads. */
  decode(stored: Buffer): Out
}

/** Text in UTF-8, as every other client of Redis sees it. */
export const text: Codec<string> = {
  encode: (value) => (typeof value === 'string' ? value : refuse('a string (codec text)', value)),
  decode: (stored) => stored.toString(),
}

/** Bytes as they are. They are read as a Buffer. */
export const bytes: Codec<Buffer, Uint8Array> = {
  encode: (value) => (value instanceof Uint8Array ? value : refuse('a Uint8Array (codec bytes)', value)),
  decode: (stored) => stored,
}

/**
 * Creates a codec that stores values as JSON. `null` is a value; `undefined`, `NaN` and `Infinity`
 * are not.
 *
 * @typeParam T type of the values, which is not checked when they are read: {@link schema} does
 *
 * @example
 * ```ts
 * const carts = kit.hash('carts', { codec: json<{ items: string[] }>() })
 * ```
 */
export function json<T = unknown>(): Codec<T> {
  return JSON_CODEC as Codec<T>
}

const JSON_CODEC: Codec<unknown> = {
  encode: (value) => {
    // JSON writes null for NaN and Infinity.
    const isKept = typeof value !== 'number' || Number.isFinite(value)
    const stored: string | undefined = isKept ? JSON.stringify(value) : undefined
    return stored ?? refuse('a value that JSON keeps', value)
  },
  decode: (stored) => JSON.parse(stored.toString()) as unknown,
}

function refuse(expected: string, value: unknown): never {
  throw new OptionError(`A value must be ${expected}; got ${show(value)}`)
}

/** @throws OptionError */
export function checkCodec<Out, In>(owner: string, codec: unknown): Codec<Out, In> {
  const { encode, decode } = (codec ?? {}) as { encode?: unknown; decode?: unknown }
  if (typeof encode === 'function' && typeof decode === 'function') return codec as Codec<Out, In>
  throw new OptionError(
    `${owner}: codec must be an object with encode and decode, such as json() or text; got ${show(codec)}`,
  )
}

/** Returns what a codec made, as an argument of a command. @throws OptionError */
export function encodeArgument<In>(codec: Codec<unknown, In>, value: In): string | Buffer {
  const stored: unknown = codec.encode(value)
  if (typeof stored === 'string' || Buffer.isBuffer(stored)) return stored
  if (stored instanceof Uint8Array) return Buffer.from(stored.buffer, stored.byteOffset, stored.byteLength)
  throw new OptionError(`A codec must return a string or a Uint8Array; got ${show(stored)}`)
}
