import { OptionError } from '../errors.ts'
import { show } from '../options/show.ts'
import type { RedisSource } from '../redis/open-client.ts'
import { checkCodec, type TextInput } from './codec.ts'
import type { GroupContext } from './group-context.ts'
import { type GroupFollowOptions, GroupReader, type GroupReadOptions } from './group-reader.ts'
import { GroupStream, unknownStream } from './group-stream.ts'
import type { GroupInfo } from './info.ts'
import type { StreamMessage } from './message.ts'
import { checkName, checkOptions, idBefore } from './options.ts'
import type { PendingMessage, PendingOptions } from './pending.ts'
import type { StreamOptions } from './stream.ts'
import { StreamConnection } from './stream-connection.ts'
import { inTimeOrder, lastIdOf, type StreamIdLike } from './stream-id.ts'

/** Options of a {@link ConsumerGroup}. */
export interface ConsumerGroupOptions<Out, In = Out> extends StreamOptions<Out, In> {
  /**
   * Name of the consumer that reads and claims. Each process needs a name of its own.
   * @defaultValue none: this object cannot read or claim
   */
  readonly consumer?: string | undefined
}

/** Options of `create()`: the first message that a new group delivers. */
export interface CreateOptions {
  /**
   * Begins at the start, with new messages only, or with an id or a time.
   * @defaultValue `'start'`
   */
  readonly from?: GroupStart | undefined
  /**
   * Begins after this id, or after this millisecond.
   * @defaultValue none
   */
  readonly after?: StreamIdLike | undefined
}

/** Where a new group begins: at `'start'`, at `'end'`, with an id, or with a time. */
export type GroupStart = 'start' | 'end' | StreamIdLike

/** Keys of the streams of a group; in an object, each with where a new group begins. */
export type GroupKeys = string | readonly string[] | Readonly<Record<string, GroupStart>>

/**
 * A consumer group over one or several streams: each message is delivered to one of its consumers,
 * which acknowledges it when it is done. What it does not acknowledge stays pending, for it or for
 * one that claims it.
 *
 * In a Redis Cluster its streams are in one slot: `{shop}:orders`, `{shop}:returns`.
 *
 * @example
 * ```ts
 * const group = new ConsumerGroup(redis, 'packers', ['orders'], { consumer: 'ann' })
 * await group.create()
 * for await (const message of group.follow()) {
 *   await pack(message.data)
 *   await group.ack(message)
 * }
 * ```
 */
export class ConsumerGroup<
  Out = Record<string, string>,
  In = Out extends Record<string, string> ? TextInput : Out,
> {
  readonly name: string
  /** Keys of its streams, without the keyPrefix of the client. */
  readonly keys: readonly string[]
  readonly #context: GroupContext<Out, In>
  readonly #starts: ReadonlyMap<string, GroupStart | undefined>
  readonly #streams: ReadonlyMap<string, GroupStream<Out, In>>
  readonly #reader: GroupReader<Out>

  /**
   * @param redis a client of ioredis, which it neither closes nor changes; or a URL, or options,
   * for a connection of its own
   * @throws OptionError
   */
  constructor(
    redis: RedisSource,
    name: string,
    keys: GroupKeys,
    options: ConsumerGroupOptions<Out, In> = {},
  ) {
    checkOptions('ConsumerGroup', options, ['consumer', 'codec'])
    this.name = checkName('ConsumerGroup: name', name)
    this.#starts = startsOf(keys)
    this.keys = [...this.#starts.keys()]
    const { consumer } = options
    if (consumer !== undefined) checkName('ConsumerGroup: consumer', consumer)
    const codec = checkCodec<Out, In>('ConsumerGroup', options.codec)
    const given: unknown = redis
    const connection =
      given instanceof StreamConnection
        ? given
        : new StreamConnection(`The consumer group "${name}"`, 'ConsumerGroup', redis)
    this.#context = { connection, name, consumer, codec }
    this.#streams = new Map(this.keys.map((key) => [key, new GroupStream(this.#context, key)]))
    this.#reader = new GroupReader(this.#context, this.keys)
    connection.checkOneSlot(this.keys)
  }

  /** Name of the consumer that reads and claims. */
  get consumerName(): string | undefined {
    return this.#context.consumer
  }

  /**
   * Creates the group, and streams that do not exist. It begins where an option or its key says, by
   * default at the start of each stream. Creates none if a key is of another type.
   *
   * @returns by key: false where the group was there already; it is left as it is
   * @throws StreamError (`wrong-type`)
   */
  async create(options: CreateOptions = {}): Promise<Record<string, boolean>> {
    checkOptions('create', options, ['from', 'after'])
    const { from, after } = options
    if (from !== undefined && after !== undefined)
      throw new OptionError('create takes from or after, not both')
    const starts = this.keys.map((key) =>
      after === undefined ? startId(from ?? this.#starts.get(key) ?? 'start') : String(lastIdOf(after)),
    )
    for (const stream of this.#streams.values()) await stream.checkType()
    return this.#each((stream, at) => stream.createGroup(starts[at] as string))
  }

  /** Removes the group, with what is pending. Returns by key if it was there. */
  destroy(): Promise<Record<string, boolean>> {
    return this.#each((stream) => stream.destroyGroup())
  }

  /** Delivers all messages again, from the start. What is pending stays pending. */
  reset(): Promise<void> {
    return this.setId('0-0')
  }

  /**
   * Sets the last id that was delivered, of all streams.
   *
   * @param id an id; a time, which continues after its millisecond; or `'$'`: their ends
   */
  async setId(id: StreamIdLike | '$'): Promise<void> {
    await this.#each((stream) => stream.setId(id))
  }

  /**
   * Reads new messages of all streams, `count` of each, or what is pending for this consumer.
   *
   * If it is aborted, or loses its connection, just as a message comes, that message is pending:
   * `read({ pending: true })` returns it.
   *
   * @throws ClosedError, StoreError, StreamError (`no-group`), the reason of the signal
   */
  async read(options: GroupReadOptions = {}): Promise<StreamMessage<Out>[]> {
    return this.#reader.read(options)
  }

  /**
   * Yields messages as they come: first what is pending for this consumer, unless `pending` is
   * false. It reads the next ones when they are asked for, and acknowledges nothing. After a lost
   * connection it goes on, and misses nothing. It ends when the group object is closed.
   *
   * @throws the reason of the signal, StoreError, StreamError (`no-group`)
   */
  follow(options: GroupFollowOptions = {}): AsyncIterableIterator<StreamMessage<Out>> {
    return this.#reader.follow(options)
  }

  /** Acknowledges messages of any of its streams. Returns how many were pending. */
  async ack(...messages: (AcknowledgedMessage | readonly AcknowledgedMessage[])[]): Promise<number> {
    const byStream = new Map<string, string[]>()
    for (const { stream, id } of messages.flat() as AcknowledgedMessage[]) {
      const ids = byStream.get(stream)
      if (ids) ids.push(id)
      else byStream.set(stream, [id])
    }
    const streams = [...byStream].map(([key, ids]) => ({ stream: this.stream(key), ids }))
    let acknowledged = 0
    for (const { stream, ids } of streams) acknowledged += await stream.ack(ids)
    return acknowledged
  }

  /**
   * Returns the messages of all streams that were delivered and not acknowledged, in the order of
   * time. `count` is for each stream.
   */
  async pending(options: PendingOptions = {}): Promise<PendingMessage[]> {
    const lists = await Promise.all([...this.#streams.values()].map((stream) => stream.pending(options)))
    return inTimeOrder(lists.flat())
  }

  /**
   * Returns the state of the group on each stream.
   *
   * @throws StreamError (`no-stream`, `no-group`)
   */
  info(): Promise<Record<string, GroupInfo>> {
    return this.#each((stream) => stream.groupInfo())
  }

  /** Returns one of its streams. @throws OptionError for another key */
  stream(key: string): GroupStream<Out, In> {
    const stream = this.#streams.get(key)
    if (stream) return stream
    throw unknownStream(this.name, key, this.keys)
  }

  /** Returns this group as another consumer. It shares the connections, which either closes. */
  consumer(name: string): ConsumerGroup<Out, In> {
    return this.as(ConsumerGroup, name) as ConsumerGroup<Out, In>
  }

  /** @internal */
  protected as(Class: typeof ConsumerGroup, name: string): unknown {
    const { connection, codec } = this.#context
    const options = { consumer: checkName('consumer: name', name), codec }
    return new Class<Out, In>(connection as unknown as RedisSource, this.name, this.keys, options)
  }

  /** Ends all waits, and closes its connections, but not a client of the application. */
  close(): Promise<void> {
    return this.#context.connection.close()
  }

  async #each<T>(ask: (stream: GroupStream<Out, In>, at: number) => Promise<T>): Promise<Record<string, T>> {
    const streams = [...this.#streams.values()]
    const answers = await Promise.all(
      streams.map(async (stream, at): Promise<[string, T]> => [stream.key, await ask(stream, at)]),
    )
    return Object.fromEntries(answers)
  }
}

/** A message, or what names one. */
export interface AcknowledgedMessage {
  readonly stream: string
  readonly id: string
}

function startsOf(keys: unknown): Map<string, GroupStart | undefined> {
  const starts = new Map<string, GroupStart | undefined>()
  if (typeof keys === 'string' || Array.isArray(keys)) {
    for (const key of [keys].flat() as unknown[])
      starts.set(checkName('ConsumerGroup: a key', key), undefined)
  } else if (typeof keys === 'object' && keys !== null) {
    for (const [key, start] of Object.entries(keys)) {
      startId(start as GroupStart)
      starts.set(checkName('ConsumerGroup: a key', key), start as GroupStart)
    }
  } else {
    throw new OptionError(`ConsumerGroup: keys must be a string, an array or an object; got ${show(keys)}`)
  }
  if (starts.size === 0) throw new OptionError('ConsumerGroup: keys must name at least one stream')
  return starts
}

/** Returns the id after which a new group delivers. @throws OptionError */
function startId(start: GroupStart): string {
  if (start === 'start') return '0-0'
  if (start === 'end' || start === '$') return '$'
  return idBefore(start)
}
