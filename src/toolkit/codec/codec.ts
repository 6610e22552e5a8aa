import { OptionError, ToolkitError } from '../../errors.ts'
import { show } from '../../options/show.ts'
import { jsonLoss } from './json-loss.ts'

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
 * Creates a codec that stores values as JSON. `null` is a value; `undefined`, `NaN`, `Infinity`, a
 * BigInt, a Map, a Set and others that JSON would change to null or to `{}` are refused.
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
    let stored: string | undefined
    try {
      stored = JSON.stringify(value)
    } catch (error) {
      const loss = jsonLoss(value) ?? (error instanceof Error ? error.message : String(error))
      throw new OptionError(`A value must be one that JSON keeps: ${loss}`, { cause: error })
    }
    if (stored === undefined) return refuse('one that JSON keeps', value)
    // Most values are not searched: a Map becomes {}, and NaN null.
    if (stored.includes('{}') || stored.includes('null')) {
      const loss = jsonLoss(value)
      if (loss !== undefined) throw new OptionError(`A value must be one that JSON keeps: ${loss}`)
    }
    return stored
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

/**
 * Returns what a codec made, as an argument of a command.
 *
 * @param owner the subject of messages, such as `The list 'jobs'`
 * @throws OptionError, ToolkitError (`invalid`), what a codec of the application throws
 */
export function encodeFor<In>(owner: string, codec: Codec<unknown, In>, value: In): string | Buffer {
  try {
    return encodeArgument(codec, value)
  } catch (error) {
    if (error instanceof OptionError) throw new OptionError(`${owner}: ${error.message}`, causeOf(error))
    if (error instanceof ToolkitError)
      throw new ToolkitError(`${owner}: ${error.message}`, { ...causeOf(error), reason: error.reason })
    throw error
  }
}

/** Returns the cause of an error, if it has one: `console.log` shows one that is undefined, too. */
function causeOf({ cause }: Error): ErrorOptions {
  return cause === undefined ? {} : { cause }
}

/** Returns what a codec made, as an argument of a command. @throws OptionError */
export function encodeArgument<In>(codec: Codec<unknown, In>, value: In): string | Buffer {
  const stored: unknown = codec.encode(value)
  if (typeof stored === 'string' || Buffer.isBuffer(stored)) return stored
  if (stored instanceof Uint8Array) return Buffer.from(stored.buffer, stored.byteOffset, stored.byteLength)
  throw new OptionError(`A codec must return a string or a Uint8Array; got ${show(stored)}`)
}
