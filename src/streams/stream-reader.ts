import { OptionError, StreamError } from '../errors.ts'
import type { StreamCodec } from './codec.ts'
import { endable } from './endable.ts'
import { readStreamInfo } from './info.ts'
import type { StreamMessage } from './message.ts'
import { type Block, checkOptions, countArguments, readBlock, type StartOptions, startOf } from './options.ts'
import { MessageReader, streamsOf } from './replies.ts'
import type { StreamConnection } from './stream-connection.ts'

/** Options of a read. */
export interface ReadOptions {
  /** Most messages of each stream. @defaultValue all */
  readonly count?: number | undefined
  /**
   * How long to wait if there is no message: a duration, or `'forever'`.
   *
   * @defaultValue false
   */
  readonly block?: Block | undefined
  /**
   * Ends the wait at once.
   * @defaultValue none
   */
  readonly signal?: AbortSignal | undefined
}

/** Options of `follow()`. */
export interface FollowOptions {
  /** Most messages that are fetched at once from each stream. @defaultValue 100 */
  readonly count?: number | undefined
  /**
   * Ends the iterator, which then throws the reason of the signal.
   * @defaultValue none
   */
  readonly signal?: AbortSignal | undefined
}

export const DEFAULT_BATCH = 100

/** Reads streams without a consumer group, from an id for each. */
export class StreamReader<T> {
  readonly #connection: StreamConnection
  readonly #readers: ReadonlyMap<string, MessageReader<T>>
  readonly #keys: readonly string[]

  constructor(connection: StreamConnection, keys: readonly string[], codec: StreamCodec<T, never>) {
    this.#connection = connection
    this.#keys = keys
    this.#readers = new Map(keys.map((key) => [connection.keyPrefix + key, new MessageReader(key, codec)]))
  }

  /** @param starts the id after which each stream is read */
  async read(
    starts: ReadonlyMap<string, string>,
    { count, block, signal }: ReadOptions,
  ): Promise<StreamMessage<T>[]> {
    const wait = readBlock(block)
    const from = await this.#resolve(starts, wait !== undefined, signal)
    const streams = ['STREAMS', ...from.keys(), ...from.values()]
    const limit = countArguments(count)
    if (wait === undefined)
      return this.#messages(await this.#connection.call('XREAD', [...limit, ...streams], signal))
    const argsFor = (ms: number) => [...limit, 'BLOCK', String(ms), ...streams]
    const options = { key: this.#keys[0] as string, block: wait, repeatable: true, signal }
    return this.#messages(await this.#connection.block('XREAD', argsFor, options))
  }

  /** Yields messages as they come. Streams that begin at `$` do so now, not at the first `next`. */
  follow(
    starts: ReadonlyMap<string, string>,
    { count = DEFAULT_BATCH, signal }: FollowOptions,
  ): AsyncIterableIterator<StreamMessage<T>> {
    const resolved = this.#resolve(starts, true, signal)
    resolved.catch(() => {}) // it rejects the first `next`
    return endable((ended) => this.#follow(resolved, { count, block: 'forever', signal: ended }), signal)
  }

  async *#follow(
    resolved: Promise<Map<string, string>>,
    options: ReadOptions,
  ): AsyncGenerator<StreamMessage<T>, void, void> {
    try {
      const next = await resolved
      for (;;) {
        for (const message of await this.read(next, options)) {
          options.signal?.throwIfAborted()
          if (this.#connection.closed) return
          next.set(message.stream, message.id)
          yield message
        }
      }
    } catch (error) {
      if (options.signal?.aborted || !this.#connection.closed) throw error
    }
  }

  /**
   * Replaces `$` by the last id of the stream: a read that is sent again must not begin later than
   * the first one.
   */
  async #resolve(
    starts: ReadonlyMap<string, string>,
    waits: boolean,
    signal: AbortSignal | undefined,
  ): Promise<Map<string, string>> {
    const resolve = async (key: string, id: string): Promise<[string, string]> => [
      key,
      id === '$' && waits ? await this.#lastId(key, signal) : id,
    ]
    return new Map(await Promise.all([...starts].map(([key, id]) => resolve(key, id))))
  }

  async #lastId(key: string, signal: AbortSignal | undefined): Promise<string> {
    const reader = this.#readers.get(this.#connection.keyPrefix + key) as MessageReader<T>
    try {
      const reply = await this.#connection.callContainer('XINFO', 'STREAM', key, [], signal)
      return readStreamInfo(reply, reader).lastId
    } catch (error) {
      if (error instanceof StreamError && error.reason === 'no-stream') return '0-0'
      throw error
    }
  }

  #messages(reply: unknown): StreamMessage<T>[] {
    return streamsOf(reply).flatMap(
      ([fullKey, entries]) => this.#readers.get(fullKey)?.messages(entries) ?? [],
    )
  }
}

/** Options of a read of one stream. */
export type StreamReadOptions = ReadOptions & StartOptions
/** Options of `follow()` of one stream. */
export type StreamFollowOptions = FollowOptions & StartOptions

const START = ['after', 'from']
const READ_OPTIONS = [...START, 'count', 'block', 'signal']
const FOLLOW_OPTIONS = [...START, 'count', 'signal']

/** @throws OptionError */
export function checkRead(options: StreamReadOptions): string {
  checkOptions('read', options, READ_OPTIONS)
  const start = startOf('read', options)
  if (start === '$' && readBlock(options.block) === undefined) {
    throw new OptionError("read: after '$' there is nothing yet: set block, or use follow()")
  }
  return start
}

/** @throws OptionError */
export function checkFollow(options: StreamFollowOptions): string {
  checkOptions('follow', options, FOLLOW_OPTIONS)
  countArguments(options.count)
  return startOf('follow', options)
}
