import type { StreamMessage } from './message.ts'
import { listOf, type MessageReader, pairsOf, textOf } from './replies.ts'

/** The state of a stream (XINFO STREAM). */
export interface StreamInfo<T> {
  /** Number of messages. */
  readonly length: number
  /** Highest id that the stream ever had. `0-0` for a stream that never had a message. */
  readonly lastId: string
  /** The oldest message; undefined for an empty stream. */
  readonly first: StreamMessage<T> | undefined
  /** The newest message; undefined for an empty stream. */
  readonly last: StreamMessage<T> | undefined
  /** Number of consumer groups. */
  readonly groups: number
  /** Messages added in the whole life of the stream. Undefined before Redis 7. */
  readonly added: number | undefined
  /** Highest id of a deleted message. Undefined before Redis 7. */
  readonly maxDeletedId: string | undefined
}

/** The state of a consumer group (XINFO GROUPS). */
export interface GroupInfo {
  /** Name of the group. */
  readonly name: string
  /** Number of consumers. */
  readonly consumers: number
  /** Number of messages that were delivered and not acknowledged. */
  readonly pending: number
  /** Id of the last message that was delivered to a consumer. */
  readonly lastDeliveredId: string
  /**
   * Messages that are still to be delivered. Undefined before Redis 7, and where Redis cannot tell
   * since messages in the middle were deleted.
   */
  readonly lag: number | undefined
}

/** The state of a consumer (XINFO CONSUMERS). */
export interface ConsumerInfo {
  /** Name of the consumer. */
  readonly name: string
  /** Number of messages that were delivered to it and not acknowledged. */
  readonly pending: number
  /** Time since it last tried to read, in ms. */
  readonly idle: number
}

export function readStreamInfo<T>(reply: unknown, reader: MessageReader<T>): StreamInfo<T> {
  const info = new Map(pairsOf(reply))
  return {
    length: Number(info.get('length')),
    lastId: textOf(info.get('last-generated-id')),
    first: reader.message(info.get('first-entry')),
    last: reader.message(info.get('last-entry')),
    groups: Number(info.get('groups')),
    added: numberOf(info.get('entries-added')),
    maxDeletedId: info.has('max-deleted-entry-id') ? textOf(info.get('max-deleted-entry-id')) : undefined,
  }
}

export function readGroups(reply: unknown): GroupInfo[] {
  return listOf(reply).map((group) => {
    const info = new Map(pairsOf(group))
    return {
      name: textOf(info.get('name')),
      consumers: Number(info.get('consumers')),
      pending: Number(info.get('pending')),
      lastDeliveredId: textOf(info.get('last-delivered-id')),
      lag: numberOf(info.get('lag')),
    }
  })
}

export function readConsumers(reply: unknown): ConsumerInfo[] {
  return listOf(reply).map((consumer) => {
    const info = new Map(pairsOf(consumer))
    return {
      name: textOf(info.get('name')),
      pending: Number(info.get('pending')),
      idle: Number(info.get('idle')),
    }
  })
}

function numberOf(value: unknown): number | undefined {
  return value === undefined || value === null ? undefined : Number(value)
}
