import { messageOf, StreamError } from '../errors.ts'
import type { StreamCodec, StreamField } from './codec.ts'
import { StreamId } from './stream-id.ts'

/**
 * A message of a stream.
 *
 * @typeParam T type of its data
 */
export class StreamMessage<T> {
  /** Key of its stream, without the keyPrefix of the client. */
  readonly stream: string
  /** For example `'1526919030474-55'`. */
  readonly id: string
  /** Its fields as Redis stores them, in their order. */
  readonly fields: readonly StreamField[]
  readonly #codec: StreamCodec<T, never>
  #data: { readonly value: T } | undefined

  /** @internal */
  constructor(stream: string, id: string, fields: readonly StreamField[], codec: StreamCodec<T, never>) {
    this.stream = stream
    this.id = id
    this.fields = fields
    this.#codec = codec
  }

  /**
   * Its fields as the codec reads them, at the first access: one message that cannot be read does
   * not hold up the others.
   *
   * @throws StreamError, with the error of the codec as its `cause`
   */
  get data(): T {
    this.#data ??= { value: this.#decode() }
    return this.#data.value
  }

  /** The time of its id: that of the server when it was added, unless it was added with an id. */
  get date(): Date {
    return StreamId.from(this.id).date
  }

  /** The number of the message within its millisecond. */
  get sequence(): bigint {
    return StreamId.from(this.id).sequence
  }

  /** Returns stream, id and data, for JSON.stringify. */
  toJSON(): { stream: string; id: string; data: T } {
    return { stream: this.stream, id: this.id, data: this.data }
  }

  /** Shows the data in `console.log`. */
  [Symbol.for('nodejs.util.inspect.custom')](): unknown {
    try {
      return this.toJSON()
    } catch (error) {
      return { stream: this.stream, id: this.id, data: error }
    }
  }

  #decode(): T {
    try {
      return this.#codec.decode(this.fields)
    } catch (error) {
      throw new StreamError(
        `The message ${this.id} of the stream "${this.stream}" cannot be decoded: ${messageOf(error)}`,
        { reason: 'undecodable', cause: error },
      )
    }
  }
}
