import { OptionError } from '../errors.ts'
import { readBoolean } from '../options/read-option.ts'
import { isLostConnection } from '../redis/blocking-connection.ts'
import { endable } from './endable.ts'
import { consumerOf, type GroupContext } from './group-context.ts'
import { readGroups } from './info.ts'
import type { StreamMessage } from './message.ts'
import { checkOptions, countArguments, readBlock } from './options.ts'
import { listOf, MessageReader, streamsOf, textOf } from './replies.ts'
import { inTimeOrder, lastIdOf, type StreamIdLike } from './stream-id.ts'
import { DEFAULT_BATCH, type FollowOptions, type ReadOptions } from './stream-reader.ts'

export interface GroupReadOptions extends ReadOptions {
  /**
   * Reads what was delivered to this consumer and not acknowledged, instead of new messages: after
   * a crash, say. Does not wait.
   *
   * @defaultValue false
   */
  readonly pending?: boolean | undefined
  /**
   * Reads pending messages after this id.
   * @defaultValue none: all of them
   */
  readonly after?: StreamIdLike | undefined
  /** Delivers new messages as acknowledged: a crash loses them. @defaultValue false */
  readonly noAck?: boolean | undefined
}

export interface GroupFollowOptions extends FollowOptions {
  /**
   * Yields first what was delivered to this consumer before and not acknowledged.
   *
   * @defaultValue true
   */
  readonly pending?: boolean | undefined
}

const READ_OPTIONS = ['count', 'block', 'signal', 'pending', 'after', 'noAck']
const FOLLOW_OPTIONS = ['count', 'signal', 'pending']
const NEW = '>'
const BEGIN = '0-0'

/** Reads streams as a consumer of a group. */
export class GroupReader<Out> {
  readonly #group: GroupContext<Out, never>
  readonly #keys: readonly string[]
  readonly #readers: ReadonlyMap<string, MessageReader<Out>>

  constructor(group: GroupContext<Out, never>, keys: readonly string[]) {
    this.#group = group
    this.#keys = keys
    const { keyPrefix } = group.connection
    this.#readers = new Map(keys.map((key) => [keyPrefix + key, new MessageReader(key, group.codec)]))
  }

  async read(options: GroupReadOptions): Promise<StreamMessage<Out>[]> {
    checkOptions('read', options, READ_OPTIONS)
    const { pending = false, after, block, noAck = false } = options
    if (!readBoolean('pending', pending)) {
      if (after !== undefined) throw new OptionError('read: after needs pending: true')
      return this.#readNew(options, readBoolean('noAck', noAck) ? ['NOACK'] : [])
    }
    if (readBlock(block) !== undefined || noAck)
      throw new OptionError('read: pending messages are there already: it takes neither block nor noAck')
    const from = after === undefined ? BEGIN : String(lastIdOf(after))
    return this.#readPending(new Map(this.#keys.map((key) => [key, from])), options)
  }

  /**
   * Yields messages as they come. After a lost connection it yields what may have been delivered
   * over it: the pending messages behind the last one that it received.
   */
  follow(options: GroupFollowOptions): AsyncIterableIterator<StreamMessage<Out>> {
    checkOptions('follow', options, FOLLOW_OPTIONS)
    const { count = DEFAULT_BATCH, pending = true, signal } = options
    countArguments(count)
    const isPending = readBoolean('pending', pending)
    consumerOf(this.#group)
    return endable((ended) => this.#follow(isPending, { count, block: 'forever', signal: ended }), signal)
  }

  async *#follow(pending: boolean, options: ReadOptions): AsyncGenerator<StreamMessage<Out>, void, void> {
    const { connection } = this.#group
    try {
      // The last message received of each stream.
      const last = pending
        ? new Map(this.#keys.map((key) => [key, BEGIN]))
        : await this.#delivered(options.signal)
      if (pending) yield* this.#checked(this.#pendingAfter(last, options), options.signal)
      for (;;) {
        const messages = await this.#readNew(options, []).catch((error: unknown) => {
          if (isLostConnection(error)) return undefined
          throw error
        })
        if (messages === undefined) yield* this.#checked(this.#pendingAfter(last, options), options.signal)
        else {
          for (const { stream, id } of messages) last.set(stream, id)
          yield* this.#checked(messages, options.signal)
        }
      }
    } catch (error) {
      if (options.signal?.aborted || !connection.closed) throw error
    }
  }

  /** Yields nothing more once the reader was ended: what is left stays pending. */
  async *#checked(
    messages: Iterable<StreamMessage<Out>> | AsyncIterable<StreamMessage<Out>>,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<StreamMessage<Out>, void, void> {
    for await (const message of messages) {
      signal?.throwIfAborted()
      if (this.#group.connection.closed) throw this.#group.connection.closedError()
      yield message
    }
  }

  /** @param last the id after which each stream is read; moves on */
  async *#pendingAfter(
    last: Map<string, string>,
    options: ReadOptions,
  ): AsyncGenerator<StreamMessage<Out>, void, void> {
    const next = new Map(last)
    while (next.size > 0) {
      const received = await this.#retrying(() => this.#pendingPage(next, options))
      for (const [key, { ids }] of received) {
        const lastId = ids.at(-1)
        if (lastId === undefined) next.delete(key)
        else for (const ids of [next, last]) ids.set(key, lastId)
      }
      yield* inTimeOrder([...received.values()].flatMap(({ messages }) => messages))
      for (const key of next.keys()) if (!received.has(key)) next.delete(key)
    }
  }

  /** Sends a command again after a lost connection: one that delivers nothing new. */
  async #retrying<T>(send: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await send()
      } catch (error) {
        if (!isLostConnection(error)) throw error
      }
    }
  }

  async #readNew(
    { count, block, signal }: ReadOptions,
    noAck: readonly string[],
  ): Promise<StreamMessage<Out>[]> {
    const wait = readBlock(block)
    const { connection } = this.#group
    const limit = [...this.#consumer(), ...countArguments(count), ...noAck]
    const streams = ['STREAMS', ...this.#keys, ...this.#keys.map(() => NEW)]
    const reply =
      wait === undefined
        ? await connection.call('XREADGROUP', [...limit, ...streams], signal)
        : await connection.block('XREADGROUP', (ms) => [...limit, 'BLOCK', String(ms), ...streams], {
            key: this.#keys[0] as string,
            block: wait,
            // What was delivered over the lost connection would not be delivered again.
            repeatable: false,
            signal,
          })
    return inTimeOrder(
      streamsOf(reply).flatMap(([key, entries]) => this.#readers.get(key)?.messages(entries) ?? []),
    )
  }

  async #readPending(
    after: ReadonlyMap<string, string>,
    options: ReadOptions,
  ): Promise<StreamMessage<Out>[]> {
    const page = await this.#pendingPage(after, options)
    return inTimeOrder([...page.values()].flatMap(({ messages }) => messages))
  }

  /**
   * Reads pending messages. Those that were deleted from the stream are acknowledged and left out,
   * since there is nothing to do about them: Redis 7 does so when it claims.
   *
   * @returns by key the ids that Redis sent, and the messages that are still there
   */
  async #pendingPage(
    after: ReadonlyMap<string, string>,
    { count, signal }: ReadOptions,
  ): Promise<Map<string, { ids: string[]; messages: StreamMessage<Out>[] }>> {
    const { connection, name } = this.#group
    const streams = ['STREAMS', ...after.keys(), ...after.values()]
    const args = [...this.#consumer(), ...countArguments(count), ...streams]
    const pages = new Map<string, { ids: string[]; messages: StreamMessage<Out>[] }>()
    for (const [fullKey, entries] of streamsOf(await connection.call('XREADGROUP', args, signal))) {
      const key = fullKey.slice(connection.keyPrefix.length)
      const messages = this.#readers.get(fullKey)?.messages(entries) ?? []
      const ids = entries.map((entry) => textOf(listOf(entry)[0]))
      const there = new Set(messages.map(({ id }) => id))
      const deleted = ids.filter((id) => !there.has(id))
      if (deleted.length > 0) await connection.call('XACK', [key, name, ...deleted], signal)
      pages.set(key, { ids, messages })
    }
    return pages
  }

  /** Returns the last id that was delivered of each stream, to any consumer. */
  async #delivered(signal: AbortSignal | undefined): Promise<Map<string, string>> {
    const { connection, name } = this.#group
    const last = async (key: string) => {
      const groups = readGroups(await connection.callContainer('XINFO', 'GROUPS', key, [], signal))
      return groups.find((group) => group.name === name)?.lastDeliveredId ?? BEGIN
    }
    return new Map(
      await Promise.all(this.#keys.map(async (key): Promise<[string, string]> => [key, await last(key)])),
    )
  }

  #consumer(): string[] {
    return ['GROUP', this.#group.name, consumerOf(this.#group)]
  }
}
