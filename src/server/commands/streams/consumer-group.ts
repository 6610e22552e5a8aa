import { IdList } from './id-list.ts'
import type { StreamId, Word } from './stream-id.ts'

/** Estimated memory, in bytes. */
const GROUP_BYTES = 450
const CONSUMER_BYTES = 250
const PENDING_BYTES = 130

/** Where the memory of a group is counted. */
interface Memory {
  bytes: number
}

/** An entry that was delivered to a consumer, and not acknowledged yet. */
export interface Pending extends StreamId {
  /** Undefined only until XCLAIM FORCE has given it one. */
  consumer: Consumer | undefined
  /** In ms since 1970. */
  deliveredAt: number
  /** Number of deliveries. */
  deliveries: Word
}

/** A member of a group. */
export class Consumer {
  readonly name: string
  /** When it last asked for entries, in ms since 1970. */
  seenAt: number
  readonly pending = new IdList<Pending>()

  constructor(name: string, now: number) {
    this.name = name
    this.seenAt = now
  }
}

/** Counter of a group whose number of read entries is not known. */
export const UNKNOWN_COUNT = -1

/** A group of consumers: each entry of the stream is delivered to one of them. */
export class ConsumerGroup {
  readonly name: string
  /** The last id that was delivered. */
  lastId: StreamId
  /** Number of entries ever added up to the last delivered one, or UNKNOWN_COUNT. */
  entriesRead: Word
  readonly consumers = new Map<string, Consumer>()
  /** The entries that are pending, of all consumers. */
  readonly pending = new IdList<Pending>()
  readonly #memory: Memory

  constructor(memory: Memory, name: string, lastId: StreamId, entriesRead: Word) {
    this.#memory = memory
    this.name = name
    this.lastId = lastId
    this.entriesRead = entriesRead
    memory.bytes += GROUP_BYTES + name.length
  }

  /** Takes its memory from its stream's, when the group is removed. */
  release(): void {
    for (const consumer of [...this.consumers.values()]) this.deleteConsumer(consumer)
    this.#memory.bytes -= GROUP_BYTES + this.name.length
  }

  createConsumer(name: string, now: number): Consumer {
    const consumer = new Consumer(name, now)
    this.consumers.set(name, consumer)
    this.#memory.bytes += CONSUMER_BYTES + name.length
    return consumer
  }

  /** Removes a consumer, and what is pending for it. */
  deleteConsumer(consumer: Consumer): void {
    for (const pending of consumer.pending) this.pending.delete(pending)
    this.consumers.delete(consumer.name)
    this.#memory.bytes -= CONSUMER_BYTES + consumer.name.length + consumer.pending.size * PENDING_BYTES
  }

  /** Notes that an entry is delivered to a consumer for the first time, whoever had it before. */
  deliver(id: StreamId, consumer: Consumer, now: number): void {
    const found = this.pending.get(id)
    if (found === undefined) {
      const pending = this.add(id, now)
      this.assign(pending, consumer)
      return
    }
    this.assign(found, consumer)
    found.deliveredAt = now
    found.deliveries = 1
  }

  /** Adds a pending entry that has no consumer yet. */
  add(id: StreamId, now: number): Pending {
    const pending: Pending = {
      ms: id.ms,
      seq: id.seq,
      consumer: undefined,
      deliveredAt: now,
      deliveries: 1,
    }
    this.pending.insert(pending)
    this.#memory.bytes += PENDING_BYTES
    return pending
  }

  /** Gives a pending entry to a consumer. */
  assign(pending: Pending, consumer: Consumer): void {
    if (pending.consumer === consumer) return
    pending.consumer?.pending.delete(pending)
    pending.consumer = consumer
    consumer.pending.insert(pending)
  }

  /** Removes a pending entry. */
  remove(pending: Pending): void {
    this.pending.delete(pending)
    pending.consumer?.pending.delete(pending)
    this.#memory.bytes -= PENDING_BYTES
  }

  /** Returns a copy for a copy of the stream. */
  copy(memory: Memory): ConsumerGroup {
    const copied = new ConsumerGroup(memory, this.name, this.lastId, this.entriesRead)
    for (const { name, seenAt } of this.consumers.values()) copied.createConsumer(name, seenAt)
    for (const pending of this.pending) {
      const added = copied.add(pending, pending.deliveredAt)
      added.deliveries = pending.deliveries
      const consumer = copied.consumers.get(pending.consumer?.name ?? '')
      if (consumer) copied.assign(added, consumer)
    }
    return copied
  }
}

/** Returns groups, or consumers, in the order of their names, as Redis lists them. */
export function byName<T extends { readonly name: string }>(named: ReadonlyMap<string, T>): T[] {
  return [...named.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}
