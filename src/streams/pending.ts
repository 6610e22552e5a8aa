import { listOf, textOf } from './replies.ts'
import { StreamId, type StreamIdLike } from './stream-id.ts'

/** A message that was delivered to a consumer, and not acknowledged yet. */
export interface PendingMessage {
  /** Key of its stream, without the keyPrefix of the client. */
  readonly stream: string
  readonly id: string
  readonly date: Date
  readonly sequence: bigint
  /** Consumer that it was delivered to last. */
  readonly consumer: string
  /** Time since its last delivery, in ms. */
  readonly idle: number
  /** Number of times that it was delivered. */
  readonly deliveries: number
}

export interface PendingSummary {
  readonly count: number
  /** Lowest and highest id. Undefined if nothing is pending. */
  readonly first: string | undefined
  readonly last: string | undefined
  /** Number of messages by consumer. */
  readonly consumers: Readonly<Record<string, number>>
}

export interface PendingOptions {
  /** First id, or first time. @defaultValue the lowest */
  readonly from?: StreamIdLike | undefined
  /** Last id, or last time. @defaultValue the highest */
  readonly to?: StreamIdLike | undefined
  /**
   * Begins after this id.
   * @defaultValue none
   */
  readonly after?: StreamIdLike | undefined
  /**
   * Ends before this id.
   * @defaultValue none
   */
  readonly before?: StreamIdLike | undefined
  /** Most messages. @defaultValue 1000 */
  readonly count?: number | undefined
  /**
   * Returns only messages of this consumer.
   * @defaultValue none: all consumers
   */
  readonly consumer?: string | undefined
  /**
   * Returns only messages whose last delivery was at least this long ago.
   * @defaultValue 0
   */
  readonly minIdle?: number | string | undefined
}

export function readPending(stream: string, reply: unknown): PendingMessage[] {
  return listOf(reply).map((entry) => {
    const [id, consumer, idle, deliveries] = listOf(entry)
    const parsed = StreamId.from(textOf(id))
    return {
      stream,
      id: textOf(id),
      date: parsed.date,
      sequence: parsed.sequence,
      consumer: textOf(consumer),
      idle: Number(idle),
      deliveries: Number(deliveries),
    }
  })
}

export function readSummary(reply: unknown): PendingSummary {
  const [count, first, last, consumers] = listOf(reply)
  const pairs = listOf(consumers).map((pair) => {
    const [name, pending] = listOf(pair)
    return [textOf(name), Number(pending)] as const
  })
  const id = (value: unknown) => (value === null || value === undefined ? undefined : textOf(value))
  return { count: Number(count), first: id(first), last: id(last), consumers: Object.fromEntries(pairs) }
}
