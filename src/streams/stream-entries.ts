import { OptionError } from '../errors.ts'
import { readBoolean, readCount } from '../options/read-option.ts'
import { encodeFields, type StreamCodec } from './codec.ts'
import {
  type ConsumerInfo,
  type GroupInfo,
  readConsumers,
  readGroups,
  readStreamInfo,
  type StreamInfo,
} from './info.ts'
import type { StreamMessage } from './message.ts'
import { checkOptions, countArguments, idChunks, type RangeOptions, rangeArguments } from './options.ts'
import { MessageReader, textOf } from './replies.ts'
import type { StreamConnection } from './stream-connection.ts'
import { readId, StreamId, type StreamIdLike } from './stream-id.ts'

/** Limits of a stream: `maxlen` or `minid`. */
export interface TrimOptions {
  /**
   * Most messages that stay.
   * @defaultValue no limit
   */
  readonly maxlen?: number | undefined
  /**
   * Id or time of the first message that stays.
   * @defaultValue no limit
   */
  readonly minid?: StreamIdLike | undefined
  /**
   * Lets some more messages stay, which costs Redis far less: it removes whole nodes of, by
   * default, 100 messages.
   *
   * @defaultValue true
   */
  readonly approximate?: boolean | undefined
  /**
   * Most messages that are removed at once, if it is approximate.
   * @defaultValue that of Redis: 100 nodes of messages
   */
  readonly limit?: number | undefined
}

/** Options of `add()`. */
export interface AddOptions extends TrimOptions {
  /**
   * Id of the message, above the last one. A Date gets the next sequence of its millisecond (Redis
   * 7).
   *
   * @defaultValue the time of the server, with the next sequence
   */
  readonly id?: StreamIdLike | '*' | undefined
  /** Adds nothing if the stream does not exist. @defaultValue false */
  readonly noMkStream?: boolean | undefined
  /**
   * Ends the wait for the connection.
   * @defaultValue none
   */
  readonly signal?: AbortSignal | undefined
}

const TRIM_OPTIONS = ['maxlen', 'minid', 'approximate', 'limit']
const ADD_OPTIONS = [...TRIM_OPTIONS, 'id', 'noMkStream', 'signal']
/** Most messages of one reply while all of a stream are iterated. */
const PAGE = 1_000

/** The messages of one stream: what a stream and the stream of a group have in common. */
export abstract class StreamEntries<Out, In = Out> {
  /** Key of the stream, without the keyPrefix of the client. */
  readonly key: string
  /** @internal */
  protected readonly connection: StreamConnection
  /** @internal */
  protected readonly codec: StreamCodec<Out, In>
  readonly #reader: MessageReader<Out>

  /** @internal */
  constructor(connection: StreamConnection, key: string, codec: StreamCodec<Out, In>) {
    this.connection = connection
    this.key = key
    this.codec = codec
    this.#reader = new MessageReader(key, codec)
  }

  /**
   * Adds a message, and trims the stream if an option says so.
   *
   * @returns its id; undefined if the stream does not exist and `noMkStream` is set
   * @throws OptionError for data that the codec cannot store
   * @throws StreamError (`id-too-small`) if the id is not above the last one
   *
   * @example
   * ```ts
   * await stream.add({ path: '/films/42' }, { maxlen: 10_000 })
   * ```
   */
  add(data: In, options: AddOptions & { readonly noMkStream: true }): Promise<string | undefined>
  add(data: In, options?: AddOptions): Promise<string>
  async add(data: In, options: AddOptions = {}): Promise<string | undefined> {
    checkOptions('add', options, ADD_OPTIONS)
    const { id, noMkStream, signal } = options
    const args: (string | Buffer)[] = [this.key]
    if (noMkStream !== undefined && readBoolean('noMkStream', noMkStream)) args.push('NOMKSTREAM')
    args.push(...trimArguments('add', options), newId(id), ...encodeFields(this.codec, data))
    const added = await this.connection.call('XADD', args, signal)
    return added === null ? undefined : textOf(added)
  }

  /** Returns the message with this id; undefined if there is none. */
  async get(id: StreamIdLike): Promise<StreamMessage<Out> | undefined> {
    const text = String(StreamId.from(id))
    const [message] = this.#reader.messages(await this.connection.call('XRANGE', [this.key, text, text]))
    return message
  }

  /**
   * Returns messages in their order.
   *
   * @example
   * ```ts
   * await stream.range({ from: new Date(Date.now() - 60_000), count: 10 })
   * ```
   */
  async range(options: RangeOptions = {}): Promise<StreamMessage<Out>[]> {
    const [from, to] = rangeArguments('range', options)
    const args = [this.key, from, to, ...countArguments(options.count)]
    return this.#reader.messages(await this.connection.call('XRANGE', args))
  }

  /** Returns messages from the last one to the first. The bounds are those of {@link range}. */
  async reverseRange(options: RangeOptions = {}): Promise<StreamMessage<Out>[]> {
    const [from, to] = rangeArguments('reverseRange', options)
    const args = [this.key, to, from, ...countArguments(options.count)]
    return this.#reader.messages(await this.connection.call('XREVRANGE', args))
  }

  /** Yields the messages that the stream has, 1,000 for each command. */
  async *[Symbol.asyncIterator](): AsyncGenerator<StreamMessage<Out>, void, void> {
    let options: RangeOptions = { count: PAGE }
    for (;;) {
      const page = await this.range(options)
      yield* page
      const last = page.at(-1)
      if (!last || page.length < PAGE) return
      options = { after: last, count: PAGE }
    }
  }

  /** Returns the number of messages. */
  async length(): Promise<number> {
    return Number(await this.connection.call('XLEN', [this.key]))
  }

  /** Deletes messages. Returns how many there were. */
  async delete(...ids: (StreamIdLike | readonly StreamIdLike[])[]): Promise<number> {
    let deleted = 0
    for (const chunk of idChunks(ids))
      deleted += Number(await this.connection.call('XDEL', [this.key, ...chunk]))
    return deleted
  }

  /**
   * Removes the oldest messages. Acts once: to keep a stream short, trim it as you `add`.
   *
   * @returns how many were removed
   */
  async trim(options: TrimOptions): Promise<number> {
    checkOptions('trim', options, TRIM_OPTIONS)
    const limits = trimArguments('trim', options)
    if (limits.length === 0) throw new OptionError('trim takes maxlen or minid')
    return Number(await this.connection.call('XTRIM', [this.key, ...limits]))
  }

  /** Returns the state of the stream. @throws StreamError (`no-stream`) */
  async info(): Promise<StreamInfo<Out>> {
    return readStreamInfo(await this.connection.callContainer('XINFO', 'STREAM', this.key), this.#reader)
  }

  /** Returns the consumer groups of the stream. @throws StreamError (`no-stream`) */
  async groups(): Promise<GroupInfo[]> {
    return readGroups(await this.connection.callContainer('XINFO', 'GROUPS', this.key))
  }

  /** @internal */
  protected async consumersOf(group: string): Promise<ConsumerInfo[]> {
    return readConsumers(await this.connection.callContainer('XINFO', 'CONSUMERS', this.key, [group]))
  }
}

function newId(id: StreamIdLike | '*' = '*'): string {
  if (id === '*') return id
  return id instanceof Date ? `${readId(id, 0n).milliseconds}-*` : String(StreamId.from(id))
}

function trimArguments(owner: string, { maxlen, minid, approximate, limit }: TrimOptions): string[] {
  if (maxlen === undefined && minid === undefined) {
    if (approximate === undefined && limit === undefined) return []
    throw new OptionError(`${owner}: approximate and limit need maxlen or minid`)
  }
  if (maxlen !== undefined && minid !== undefined) {
    throw new OptionError(`${owner} takes maxlen or minid, not both`)
  }
  const isApproximate = approximate === undefined || readBoolean('approximate', approximate)
  if (limit !== undefined && !isApproximate) throw new OptionError(`${owner}: limit needs approximate`)
  const most = maxlen === undefined ? undefined : readCount('maxlen', maxlen, 0)
  if (most === Infinity) return []
  return [
    ...(most === undefined ? ['MINID'] : ['MAXLEN']),
    isApproximate ? '~' : '=',
    most === undefined ? String(readId(minid as StreamIdLike, 0n)) : String(most),
    ...(limit === undefined ? [] : ['LIMIT', String(readCount('limit', limit, 0))]),
  ]
}
