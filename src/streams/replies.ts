import type { StreamCodec, StreamField } from './codec.ts'
import { StreamMessage } from './message.ts'

/** Makes the messages of one stream from replies. */
export class MessageReader<T> {
  readonly #stream: string
  readonly #codec: StreamCodec<T, never>

  constructor(stream: string, codec: StreamCodec<T, never>) {
    this.#stream = stream
    this.#codec = codec
  }

  /** Reads `[[id, [name, value, ...]], ...]`. Messages that were deleted meanwhile are left out. */
  messages(reply: unknown): StreamMessage<T>[] {
    return listOf(reply).flatMap((entry) => this.message(entry) ?? [])
  }

  /**
   *
   * @returns undefined for a message that was deleted: Redis sends null for it, or for its fields
   */
  message(entry: unknown): StreamMessage<T> | undefined {
    const [id, values] = listOf(entry)
    if (id === undefined || values === null) return undefined
    return new StreamMessage(this.#stream, textOf(id), fieldsOf(values), this.#codec)
  }
}

function fieldsOf(values: unknown): StreamField[] {
  const fields: StreamField[] = []
  const flat = listOf(values) as Buffer[]
  for (let i = 0; i + 1 < flat.length; i += 2) fields.push([flat[i] as Buffer, flat[i + 1] as Buffer])
  return fields
}

export function listOf(reply: unknown): unknown[] {
  return Array.isArray(reply) ? reply : []
}

export function textOf(value: unknown): string {
  return Buffer.isBuffer(value) ? value.toString() : String(value)
}

/**
 * Returns the pairs of a reply that is a map: a flat list, a list of pairs, a Map or an object, by
 * the protocol and the options of the client.
 */
export function pairsOf(reply: unknown): [name: string, value: unknown][] {
  if (reply instanceof Map) return [...reply].map(([name, value]) => [textOf(name), value])
  if (!Array.isArray(reply)) {
    return typeof reply === 'object' && reply !== null && !Buffer.isBuffer(reply) ? Object.entries(reply) : []
  }
  if (Array.isArray(reply[0])) return reply.map(([name, value]) => [textOf(name), value])
  const pairs: [string, unknown][] = []
  for (let i = 0; i + 1 < reply.length; i += 2) pairs.push([textOf(reply[i]), reply[i + 1]])
  return pairs
}

/** Returns the entries of each stream, from the reply to XREAD or XREADGROUP. */
export function streamsOf(reply: unknown): [fullKey: string, entries: unknown[]][] {
  return pairsOf(reply).map(([key, entries]) => [key, listOf(entries)])
}
