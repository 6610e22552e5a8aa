import { OptionError, StreamError } from '../errors.ts'
import type { Duration } from '../options/duration.ts'
import { readCount } from '../options/read-option.ts'
import { consumerOf, type GroupContext } from './group-context.ts'
import { type GroupFollowOptions, GroupReader, type GroupReadOptions } from './group-reader.ts'
import type { ConsumerInfo, GroupInfo } from './info.ts'
import type { StreamMessage } from './message.ts'
import { checkName, checkOptions, idChunks, RANGE_OPTIONS, rangeArguments, readIdle } from './options.ts'
import {
  type PendingMessage,
  type PendingOptions,
  type PendingSummary,
  readPending,
  readSummary,
} from './pending.ts'
import { listOf, MessageReader, textOf } from './replies.ts'
import { StreamEntries } from './stream-entries.ts'
import { lastIdOf, readId, type StreamIdLike } from './stream-id.ts'

export interface ClaimOptions {
  /** Claims only what was delivered last at least this long ago. @defaultValue 0 */
  readonly minIdle?: Duration | undefined
}

export interface AutoClaimOptions {
  /** Claims what was delivered last at least this long ago. */
  readonly minIdle: Duration
  /** Begins with this id: `next` of the call before. @defaultValue the lowest */
  readonly from?: StreamIdLike | undefined
  /** Most messages. @defaultValue 100 */
  readonly count?: number | undefined
}

export interface AutoClaimed<T> {
  readonly messages: readonly StreamMessage<T>[]
  /** Id to go on from; undefined at the end. */
  readonly next: string | undefined
  /**
   * Ids of messages that were pending, but deleted: no longer pending now. Empty before Redis 7.
   */
  readonly deleted: readonly string[]
}

const DEFAULT_PENDING = 1_000
const PENDING_OPTIONS = [...RANGE_OPTIONS, 'consumer', 'minIdle']

/** One stream of a consumer group. */
export class GroupStream<Out, In = Out> extends StreamEntries<Out, In> {
  readonly #group: GroupContext<Out, In>
  readonly #reader: GroupReader<Out>
  readonly #messages: MessageReader<Out>

  /** @internal */
  constructor(group: GroupContext<Out, In>, key: string) {
    super(group.connection, key, group.codec)
    this.#group = group
    this.#reader = new GroupReader(group, [key])
    this.#messages = new MessageReader(key, group.codec)
  }

  /** Reads as `ConsumerGroup#read`, this stream only. */
  async read(options: GroupReadOptions = {}): Promise<StreamMessage<Out>[]> {
    return this.#reader.read(options)
  }

  /** Follows as `ConsumerGroup#follow`, this stream only. */
  follow(options: GroupFollowOptions = {}): AsyncIterableIterator<StreamMessage<Out>> {
    return this.#reader.follow(options)
  }

  /** Acknowledges messages of any consumer. Returns how many were pending. */
  async ack(...ids: (StreamIdLike | readonly StreamIdLike[])[]): Promise<number> {
    let acknowledged = 0
    for (const chunk of idChunks(ids))
      acknowledged += Number(await this.connection.call('XACK', [this.key, this.#group.name, ...chunk]))
    return acknowledged
  }

  /** Returns the messages that were delivered and not acknowledged. */
  async pending(options: PendingOptions = {}): Promise<PendingMessage[]> {
    checkOptions('pending', options, PENDING_OPTIONS)
    const { consumer, minIdle, count = DEFAULT_PENDING, ...range } = options
    const [from, to] = rangeArguments('pending', range)
    const args = [this.key, this.#group.name]
    if (minIdle !== undefined) args.push('IDLE', String(readIdle('minIdle', minIdle)))
    args.push(from, to, String(Math.min(readCount('count', count, 1), Number.MAX_SAFE_INTEGER)))
    if (consumer !== undefined) args.push(checkName('pending: consumer', consumer))
    return readPending(this.key, await this.connection.call('XPENDING', args))
  }

  /** Returns how many messages were delivered and not acknowledged, by consumer. */
  async pendingSummary(): Promise<PendingSummary> {
    return readSummary(await this.connection.call('XPENDING', [this.key, this.#group.name]))
  }

  /**
   * Takes over messages that are pending for other consumers, which counts as a delivery. Those
   * that are not pending, or not idle for long enough, are left out.
   */
  async claim(
    ids: StreamIdLike | readonly StreamIdLike[],
    options: ClaimOptions = {},
  ): Promise<StreamMessage<Out>[]> {
    checkOptions('claim', options, ['minIdle'])
    const minIdle = String(readIdle('minIdle', options.minIdle ?? 0))
    const consumer = consumerOf(this.#group)
    const claimed: StreamMessage<Out>[] = []
    for (const chunk of idChunks([ids])) {
      const args = [this.key, this.#group.name, consumer, minIdle, ...chunk]
      claimed.push(...this.#messages.messages(await this.connection.call('XCLAIM', args)))
    }
    return claimed
  }

  /**
   * Takes over what has been pending for long: messages of consumers that died.
   *
   * @example
   * ```ts
   * const { messages } = await group.stream('orders').autoClaim({ minIdle: '1m' })
   * ```
   */
  async autoClaim(options: AutoClaimOptions): Promise<AutoClaimed<Out>> {
    checkOptions('autoClaim', options, ['minIdle', 'from', 'count'])
    const { minIdle, from, count = 100 } = options
    const begin = from === undefined ? '0-0' : String(readId(from, 0n))
    const most = String(Math.min(readCount('count', count, 1), 1_000_000))
    const idle = String(readIdle('minIdle', minIdle))
    const args = [this.key, this.#group.name, consumerOf(this.#group), idle, begin, 'COUNT', most]
    const [next, entries, deleted] = listOf(await this.connection.call('XAUTOCLAIM', args))
    return {
      messages: this.#messages.messages(entries),
      next: textOf(next) === '0-0' ? undefined : textOf(next),
      deleted: listOf(deleted).map(textOf),
    }
  }

  /**
   * Sets the last id that was delivered: what comes after it is delivered, also for a second time.
   * What is pending stays pending.
   *
   * @param id an id; a time, which continues after its millisecond; or `'$'`: the end of the stream
   */
  async setId(id: StreamIdLike | '$'): Promise<void> {
    const last = id === '$' ? id : String(lastIdOf(id))
    await this.connection.callContainer('XGROUP', 'SETID', this.key, [this.#group.name, last])
  }

  /** @throws StreamError (`no-stream`, `no-group`) */
  async groupInfo(): Promise<GroupInfo> {
    const info = (await this.groups()).find(({ name }) => name === this.#group.name)
    if (info) return info
    throw new StreamError(
      `The stream "${this.key}" has no consumer group "${this.#group.name}": call create()`,
      { reason: 'no-group' },
    )
  }

  /** Returns the consumers of the group on this stream. */
  consumers(): Promise<ConsumerInfo[]> {
    return this.consumersOf(this.#group.name)
  }

  /**
   * Removes a consumer. What is pending for it is pending no longer, and never delivered again:
   * claim it first.
   *
   * @returns how many messages were pending for it
   */
  async deleteConsumer(name: string): Promise<number> {
    checkName('deleteConsumer: name', name)
    return Number(
      await this.connection.callContainer('XGROUP', 'DELCONSUMER', this.key, [this.#group.name, name]),
    )
  }

  /** @internal */
  async createGroup(from: string): Promise<boolean> {
    try {
      await this.connection.callContainer('XGROUP', 'CREATE', this.key, [this.#group.name, from, 'MKSTREAM'])
      return true
    } catch (error) {
      if (error instanceof Error && /BUSYGROUP/.test(error.message)) return false
      throw error
    }
  }

  /** @internal */
  async destroyGroup(): Promise<boolean> {
    try {
      return (
        Number(await this.connection.callContainer('XGROUP', 'DESTROY', this.key, [this.#group.name])) === 1
      )
    } catch (error) {
      if (error instanceof StreamError && error.reason === 'no-stream') return false
      throw error
    }
  }

  /** @internal @throws StreamError (`wrong-type`) */
  async checkType(): Promise<void> {
    const type = textOf(await this.connection.call('TYPE', [this.key]))
    if (type === 'stream' || type === 'none') return
    throw new StreamError(
      `The consumer group "${this.#group.name}" cannot be created: the key "${this.key}" is a ${type}, not a stream`,
      { reason: 'wrong-type' },
    )
  }
}

/** @throws OptionError for a key that the group does not have */
export function unknownStream(group: string, key: unknown, keys: Iterable<string>): OptionError {
  return new OptionError(
    `The consumer group "${group}" has no stream "${String(key)}": it has ${[...keys].join(', ')}`,
  )
}
