import type { RedisSource } from '../redis/open-client.ts'
import { checkCodec, type StreamCodec, type TextInput } from './codec.ts'
import type { ConsumerInfo } from './info.ts'
import type { StreamMessage } from './message.ts'
import { checkName, checkOptions } from './options.ts'
import { StreamConnection } from './stream-connection.ts'
import { StreamEntries } from './stream-entries.ts'
import { lastIdOf, type StreamIdLike } from './stream-id.ts'
import {
  checkFollow,
  checkRead,
  type StreamFollowOptions,
  StreamReader,
  type StreamReadOptions,
} from './stream-reader.ts'

/** Options of a {@link Stream}. */
export interface StreamOptions<Out, In = Out> {
  /**
   * Converts the data of messages to fields and back.
   *
   * @defaultValue `textFields`
   */
  readonly codec?: StreamCodec<Out, In> | undefined
}

/**
 * A stream of Redis.
 *
 * Its commands may wait for the connection: as long as the options of the client say, about 7 s
 * where it has one of its own. Reads that wait have another connection, opened at the first of
 * them.
 *
 * @typeParam Out data of messages as they are read
 * @typeParam In data of messages as they are added
 *
 * @example
 * ```ts
 * const stream = new Stream(new Redis(), 'visits')
 * await stream.add({ path: '/films/42' })
 * for await (const { data } of stream.follow({ after: '$' })) console.log(data.path)
 * ```
 */
export class Stream<
  Out = Record<string, string>,
  In = Out extends Record<string, string> ? TextInput : Out,
> extends StreamEntries<Out, In> {
  readonly #reader: StreamReader<Out>

  /**
   * @param redis a client of ioredis, which it neither closes nor changes; or a URL, or options,
   * for
   * a connection of its own
   * @param key its key, without the keyPrefix of the client
   * @throws OptionError
   */
  constructor(redis: RedisSource, key: string, options: StreamOptions<Out, In> = {}) {
    checkOptions('Stream', options, ['codec'])
    checkName('Stream: key', key)
    const codec = checkCodec<Out, In>('Stream', options.codec)
    super(new StreamConnection(`The stream "${key}"`, 'Stream', redis), key, codec)
    this.#reader = new StreamReader(this.connection, [key], codec)
  }

  /**
   * Returns messages after an id, by default all. Waits for one if `block` is set.
   *
   * @throws ClosedError, StoreError, StreamError, the reason of the signal
   */
  async read(options: StreamReadOptions = {}): Promise<StreamMessage<Out>[]> {
    const start = checkRead(options)
    return this.#reader.read(new Map([[this.key, start]]), options)
  }

  /**
   * Yields the messages after an id, by default all, and then each as it is added. It reads the
   * next
   * ones when they are asked for. After a lost connection it goes on behind its last message. It
   * ends when the stream object is closed.
   *
   * @throws the reason of the signal, StoreError, StreamError
   */
  follow(options: StreamFollowOptions = {}): AsyncIterableIterator<StreamMessage<Out>> {
    const start = checkFollow(options)
    return this.#reader.follow(new Map([[this.key, start]]), options)
  }

  /**
   * Sets the last id: the next message must be above it.
   *
   * @throws StreamError (`id-too-small`) below that of the last message
   */
  async setId(id: StreamIdLike): Promise<void> {
    await this.connection.call('XSETID', [this.key, String(lastIdOf(id))])
  }

  /** Returns the consumers of a group. @throws StreamError (`no-stream`, `no-group`) */
  consumers(group: string): Promise<ConsumerInfo[]> {
    return this.consumersOf(group)
  }

  /** Ends all waits, and closes its connections, but not a client of the application. */
  close(): Promise<void> {
    return this.connection.close()
  }
}
