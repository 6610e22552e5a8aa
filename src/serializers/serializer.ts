import { deserialize, serialize } from 'node:v8'
import { OptionError } from '../errors.ts'
import { show } from '../options/show.ts'

/** Converts values to bytes and back. */
export interface Serializer {
  /** Stored with each value, to read it by the same serializer. Your own: from 128 to 255. */
  readonly id: number
  /** Converts a value to bytes. @throws any error for a value that cannot be written */
  serialize(value: unknown): Buffer
  /** Converts bytes to the value. @throws any error for bytes that cannot be read */
  deserialize(bytes: Buffer): unknown
}

/** JSON: strings, numbers, booleans, null, arrays and plain objects. A Date becomes a string. */
const json: Serializer = {
  id: 1,
  serialize(value) {
    const text: string | undefined = JSON.stringify(value)
    if (text === undefined) throw new TypeError(`The serializer 'json' cannot write a ${typeof value}`)
    return Buffer.from(text)
  },
  deserialize: (bytes) => JSON.parse(bytes.toString()),
}

/** Structured clone: also Dates, Maps, Sets, typed arrays, BigInts, cycles. Only Node reads it. */
const v8: Serializer = { id: 2, serialize, deserialize }

const TEXT = 0
const BYTES = 1

/** Strings and Buffers, unchanged. */
const raw: Serializer = {
  id: 3,
  serialize(value) {
    if (typeof value === 'string') return Buffer.concat([Buffer.of(TEXT), Buffer.from(value)])
    if (value instanceof Uint8Array) return Buffer.concat([Buffer.of(BYTES), value])
    throw new TypeError(
      `The serializer 'raw' accepts strings and Buffers, not ${value === null ? 'null' : `a ${typeof value}`}`,
    )
  },
  // A copy, since the bytes of the store may be shared.
  deserialize: (bytes) => (bytes[0] === TEXT ? bytes.toString('utf8', 1) : Buffer.from(bytes.subarray(1))),
}

/** Name of a serializer of this package. */
export type SerializerName = 'json' | 'v8' | 'raw'
const BUILT_IN: Readonly<Record<SerializerName, Serializer>> = { json, v8, raw }
/** Smallest id of a serializer of the user. */
const FIRST_OWN = 128

/** Id of `onetrip/serializers/msgpack`. */
const MSGPACK = 4

/**
 * Reads an option that names or is a serializer.
 *
 * @param what names the option, for the error
 * @throws OptionError
 */
export function readSerializer(value: unknown, what: string): Serializer {
  if (typeof value === 'string' && Object.hasOwn(BUILT_IN, value)) return BUILT_IN[value as SerializerName]
  if (isSerializer(value)) {
    const { id } = value
    if (id === MSGPACK || (Number.isInteger(id) && id >= FIRST_OWN && id <= 255)) return value
    throw new OptionError(
      `${what} has the id ${id}: your own must have a whole number from ${FIRST_OWN} to 255.`,
    )
  }
  throw new OptionError(
    `${what} must be 'json', 'v8', 'raw', or { id, serialize, deserialize } such as msgpack of ` +
      `onetrip/serializers/msgpack, not ${show(value)}.`,
  )
}

function isSerializer(value: unknown): value is Serializer {
  if (typeof value !== 'object' || value === null) return false
  const { serialize, deserialize } = value as Record<string, unknown>
  return typeof serialize === 'function' && typeof deserialize === 'function'
}

/** The serializers that may have written a value. */
export class Serializers {
  readonly #byId = new Map<number, Serializer>(Object.values(BUILT_IN).map((one) => [one.id, one]))

  add(serializer: Serializer): Serializer {
    const known = this.#byId.get(serializer.id)
    if (known && known !== serializer) {
      throw new OptionError(
        `Two serializers have the id ${serializer.id}: one would read what the other writes.`,
      )
    }
    this.#byId.set(serializer.id, serializer)
    return serializer
  }

  byId(id: number): Serializer | undefined {
    return this.#byId.get(id)
  }
}
