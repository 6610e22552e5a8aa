import type { TextInput } from './codec.ts'
import { ConsumerGroup } from './consumer-group.ts'
import type { StreamMessage } from './message.ts'
import type { RangeOptions } from './options.ts'
import type { AddOptions, TrimOptions } from './stream-entries.ts'
import { compareIds, inTimeOrder, type StreamIdLike } from './stream-id.ts'

/**
 * Several streams read as one, in the order of time: as a consumer group, by ranges, or from the
 * begin to the end. Messages of one id are in the order of the keys.
 *
 * @example
 * ```ts
 * const series = new TimeSeries(redis, 'sensors', ['cellar', 'attic'])
 * await series.add('attic', { celsius: 31.5 })
 * for (const { stream, date, data } of await series.range({ from: yesterday })) {
 *   console.log(stream, date, data.celsius)
 * }
 * ```
 */
export class TimeSeries<
  Out = Record<string, string>,
  In = Out extends Record<string, string> ? TextInput : Out,
> extends ConsumerGroup<Out, In> {
  /**
   * Adds a message to one of the streams, now or at a time.
   *
   * @returns its id
   * @throws OptionError for another key
   */
  add(key: string, data: In, options: AddOptions = {}): Promise<string> {
    return this.stream(key).add(data, options)
  }

  /** Returns the message with this id of each stream that has one. */
  async get(id: StreamIdLike): Promise<StreamMessage<Out>[]> {
    const found = await Promise.all(this.keys.map((key) => this.stream(key).get(id)))
    return found.filter((message) => message !== undefined)
  }

  /** Returns messages of all streams in their order, at most `count` in total. */
  async range(options: RangeOptions = {}): Promise<StreamMessage<Out>[]> {
    const lists = await Promise.all(this.keys.map((key) => this.stream(key).range(options)))
    return inTimeOrder(lists.flat()).slice(0, options.count)
  }

  /** Returns messages of all streams from the last to the first, at most `count` in total. */
  async reverseRange(options: RangeOptions = {}): Promise<StreamMessage<Out>[]> {
    const lists = await Promise.all(this.keys.map((key) => this.stream(key).reverseRange(options)))
    // Messages of one id are the other way round, too.
    return inTimeOrder(lists.flatMap((list) => list.reverse()))
      .reverse()
      .slice(0, options.count)
  }

  /** Yields the messages of all streams in their order, fetched page by page. */
  async *[Symbol.asyncIterator](): AsyncGenerator<StreamMessage<Out>, void, void> {
    const sources = this.keys.map((key) => this.stream(key)[Symbol.asyncIterator]())
    const heads = await Promise.all(sources.map(next))
    for (;;) {
      const first = indexOfFirst(heads)
      const message = heads[first]
      const source = sources[first]
      if (!message || !source) return
      yield message
      heads[first] = await next(source)
    }
  }

  /** Trims each stream. Returns by key how many messages were removed. */
  async trim(options: TrimOptions): Promise<Record<string, number>> {
    const removed = await Promise.all(
      this.keys.map(async (key): Promise<[string, number]> => [key, await this.stream(key).trim(options)]),
    )
    return Object.fromEntries(removed)
  }

  /** Returns this series as another consumer. It shares the connections, which either closes. */
  override consumer(name: string): TimeSeries<Out, In> {
    return this.as(TimeSeries, name) as TimeSeries<Out, In>
  }
}

async function next<T>(source: AsyncGenerator<T, void, void>): Promise<T | undefined> {
  const { value } = await source.next()
  return value ?? undefined
}

/** Returns the index of the first message in time; -1 if there is none. */
function indexOfFirst(heads: readonly ({ readonly id: string } | undefined)[]): number {
  let first = -1
  heads.forEach((head, at) => {
    const earliest = heads[first]
    if (head && (!earliest || compareIds(head.id, earliest.id) < 0)) first = at
  })
  return first
}
