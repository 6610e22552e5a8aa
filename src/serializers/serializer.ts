import { deserialize, serialize } from 'node:v8'
import { OptionError } from '../errors.ts'
import { show } from '../options/show.ts'

/** How values become bytes. */
export interface Serializer {
  /** Stands in what is stored, so that each value is read by what wrote it. Of your own: from 128 to 255. */
  readonly id: number
  /** @throws what the value cannot be written for */
  serialize(value: unknown): Buffer
  /** @throws what the bytes cannot be read for */
  deserialize(bytes: Buffer): unknown
}

/** JSON: texts, numbers, booleans, null, lists and plain objects. A Date becomes a text. */
const json: Serializer = {
  id: 1,
  serialize(value) {
    const text: string | undefined = JSON.stringify(value)
    if (text === undefined) throw new TypeError(`The serializer 'json' cannot write a ${typeof value}`)
    return Buffer.from(text)
  },
  deserialize: (bytes) => JSON.parse(bytes.toString()),
}

/** The structured clone algorithm of HTML: Dates, Maps, Sets, typed arrays, BigInt, circular references. Read by Node alone. */
const v8: Serializer = { id: 2, serialize, deserialize }

const TEXT = 0
const BYTES = 1

/** Texts and Buffers as they are. */
const raw: Serializer = {
  id: 3,
  serialize(value) {
    if (typeof value === 'string') return Buffer.concat([Buffer.of(TEXT), Buffer.from(value)])
    if (value instanceof Uint8Array) return Buffer.concat([Buffer.of(BYTES), value])
    throw new TypeError(
      `The serializer 'raw' takes texts and Buffers, not ${value === null ? 'null' : `a ${typeof value}`}`,
    )
  },
  // A copy: what the store gave may be shared with others.
  deserialize: (bytes) => (bytes[0] === TEXT ? bytes.toString('utf8', 1) : Buffer.from(bytes.subarray(1))),
}

/** A serializer of this package. */
export type SerializerName = 'json' | 'v8' | 'raw'
const BUILT_IN: Readonly<Record<SerializerName, Serializer>> = { json, v8, raw }
const FIRST_OWN = 128

/** The ids that this package gives: 4 is MessagePack (`onetrip/serializers/msgpack`). */
const MSGPACK = 4

/** @throws OptionError */
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

/** Those that values may have been written by. */
export class Serializers {
  readonly #byId = new Map<number, Serializer>(Object.values(BUILT_IN).map((one) => [one.id, one]))

  add(serializer: Serializer): Serializer {
    const known = this.#byId.get(serializer.id)
    if (known && known !== serializer) {
      throw new OptionError(
        `Two serializers have the id ${serializer.id}: what one writes the other would read.`,
      )
    }
    this.#byId.set(serializer.id, serializer)
    return serializer
  }

  byId(id: number): Serializer | undefined {
    return this.#byId.get(id)
  }
}
