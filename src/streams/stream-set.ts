import { OptionError } from '../errors.ts'
import type { RedisSource } from '../redis/open-client.ts'
import { checkCodec, type TextInput } from './codec.ts'
import type { StreamMessage } from './message.ts'
import { type Block, checkName, checkOptions, countArguments, readBlock } from './options.ts'
import type { StreamOptions } from './stream.ts'
import { StreamConnection } from './stream-connection.ts'
import { inTimeOrder, lastIdOf, type StreamIdLike } from './stream-id.ts'
import { type FollowOptions, type ReadOptions, StreamReader } from './stream-reader.ts'

/** The id, or the time, after which each stream is read: one for all, or one for each key. */
export type SetStart = StreamIdLike | '$' | Readonly<Record<string, StreamIdLike | '$'>>

export interface SetReadOptions extends ReadOptions {
  /** @defaultValue the begin of each stream */
  readonly after?: SetStart | undefined
}

export interface SetFollowOptions extends FollowOptions {
  /** @defaultValue the begin of each stream */
  readonly after?: SetStart | undefined
}

/**
 * Several streams that are read together, without a consumer group: each reader gets every message.
 * In a Redis Cluster they are in one slot: `{shop}:orders`, `{shop}:returns`.
 *
 * @example
 * ```ts
 * const events = new StreamSet(redis, ['orders', 'returns'])
 * for await (const { stream, data } of events.follow({ after: '$' })) console.log(stream, data)
 * ```
 */
export class StreamSet<
  Out = Record<string, string>,
  In = Out extends Record<string, string> ? TextInput : Out,
> {
  /** Keys of the streams, without the keyPrefix of the client. */
  readonly keys: readonly string[]
  readonly #connection: StreamConnection
  readonly #reader: StreamReader<Out>

  /**
   * @param redis a client of ioredis, which it neither closes nor changes; or a URL, or options,
   * for a connection of its own
   * @throws OptionError
   */
  constructor(redis: RedisSource, keys: readonly string[], options: StreamOptions<Out, In> = {}) {
    checkOptions('StreamSet', options, ['codec'])
    if (!Array.isArray(keys) || keys.length === 0)
      throw new OptionError('StreamSet: keys must be an array with at least one key')
    this.keys = [...new Set(keys.map((key) => checkName('StreamSet: a key', key)))]
    const codec = checkCodec<Out, In>('StreamSet', options.codec)
    this.#connection = new StreamConnection(`The streams ${this.keys.join(', ')}`, 'StreamSet', redis)
    this.#reader = new StreamReader(this.#connection, this.keys, codec)
    this.#connection.checkOneSlot(this.keys)
  }

  /** Returns messages, `count` of each stream, in the order of time. */
  async read(options: SetReadOptions = {}): Promise<StreamMessage<Out>[]> {
    checkOptions('read', options, ['after', 'count', 'block', 'signal'])
    const starts = this.#starts(options.after)
    return inTimeOrder(await this.#reader.read(starts, checkWait(starts, options)))
  }

  /** Yields messages as they come, as `Stream#follow` does. */
  follow(options: SetFollowOptions = {}): AsyncIterableIterator<StreamMessage<Out>> {
    checkOptions('follow', options, ['after', 'count', 'signal'])
    countArguments(options.count)
    return this.#reader.follow(this.#starts(options.after), options)
  }

  /** Ends all waits, and closes its connections, but not a client of the application. */
  close(): Promise<void> {
    return this.#connection.close()
  }

  #starts(after: SetStart = '0-0'): Map<string, string> {
    const startOf = (start: StreamIdLike | '$') => (start === '$' ? start : String(lastIdOf(start)))
    if (!isByKey(after)) return new Map(this.keys.map((key) => [key, startOf(after)]))
    for (const key of Object.keys(after)) {
      if (!this.keys.includes(key))
        throw new OptionError(`after: "${key}" is not one of the streams ${this.keys.join(', ')}`)
    }
    return new Map(this.keys.map((key) => [key, startOf(after[key] ?? '0-0')]))
  }
}

function isByKey(after: SetStart): after is Readonly<Record<string, StreamIdLike | '$'>> {
  return (
    typeof after === 'object' &&
    after !== null &&
    Object.getPrototypeOf(after) === Object.prototype &&
    !('date' in after)
  )
}

function checkWait(
  starts: ReadonlyMap<string, string>,
  options: { readonly block?: Block | undefined },
): ReadOptions {
  if ([...starts.values()].includes('$') && readBlock(options.block) === undefined)
    throw new OptionError("read: after '$' there is nothing yet: set block, or use follow()")
  return options
}
