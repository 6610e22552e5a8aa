import type { Clock } from '../../clock.ts'
import type { CommandClient } from '../../redis/command-client.ts'
import type { MetricsRange, SeriesRange } from '../metrics-reader.ts'
import { readRange, readSeriesRange, type Span, STEP_LENGTH } from '../time-range.ts'
import { SERVER_TIME } from './scripts.ts'
import { type Bucket, bucketAt, coveringBuckets, SECONDS_KEPT } from './steps.ts'

/** How long before the end of {@link SECONDS_KEPT} a span is no longer read from the stream. */
const MARGIN = STEP_LENGTH.minute

/** An entry of a stream of numbers. */
export interface TimedNumbers<Numbers> {
  readonly time: number
  /** Reads its numbers; undefined if they cannot be read. */
  numbers(): Numbers | undefined | Promise<Numbers | undefined>
}

/**
 * Reads numbers of spans of time: buckets, and of the stream what they do not contain yet. So
 * whatever was sent is counted at once, and once. A subclass knows the kind of numbers.
 */
export abstract class RangeReader<Numbers extends { from: number; to: number }> {
  protected readonly client: CommandClient
  readonly #stream: string
  readonly #clock: Clock

  /** @param stream key of the stream */
  constructor(client: CommandClient, stream: string, clock: Clock) {
    this.client = client
    this.#stream = stream
    this.#clock = clock
  }

  protected abstract empty(): Numbers

  protected abstract add(into: Numbers, from: Numbers): void

  /** Returns the numbers of each bucket, with what the stream has beyond them. */
  protected abstract numbersOf(buckets: readonly Bucket[]): Promise<Numbers[]>

  /** Yields the entries of the stream of a time and later, and maybe earlier ones. */
  protected abstract since(from: number): AsyncIterable<TimedNumbers<Numbers>>

  /** @throws OptionError, ClosedError, StoreError */
  async totals(range: MetricsRange = {}): Promise<Numbers> {
    readRange(range, this.#clock.wall())
    const now = await this.time()
    const span = readRange(range, now)
    if (span.from >= now - SECONDS_KEPT + MARGIN) return this.#recent(span)
    const buckets = coveringBuckets(span.from, Math.min(span.to, now + 1), now)
    const total = this.empty()
    for (const numbers of await this.numbersOf(buckets)) this.add(total, numbers)
    const to = Math.min(buckets.at(-1)?.end ?? span.to, now + 1)
    return Object.assign(total, { from: buckets[0]?.start ?? span.from, to })
  }

  /** @throws OptionError, ClosedError, StoreError */
  async series(range: SeriesRange): Promise<Numbers[]> {
    readSeriesRange(range, this.#clock.wall())
    const { step, from, to } = readSeriesRange(range, await this.time())
    const length = STEP_LENGTH[step]
    const starts = Array.from({ length: (to - from) / length }, (_, n) => from + n * length)
    const numbers =
      step === 'second'
        ? await this.#seconds(starts)
        : await this.numbersOf(starts.map((start) => bucketAt(step, start)))
    return numbers.map((one, at) => {
      const start = from + at * length
      return Object.assign(one, { from: start, to: start + length })
    })
  }

  /** Returns the sum of a span that the stream still has, by seconds. */
  async #recent(span: Span): Promise<Numbers> {
    const from = Math.floor(span.from / STEP_LENGTH.second) * STEP_LENGTH.second
    const total = this.empty()
    for await (const entry of this.since(from)) {
      if (entry.time < from || entry.time >= span.to) continue
      const numbers = await entry.numbers()
      if (numbers) this.add(total, numbers)
    }
    return Object.assign(total, { from, to: span.to })
  }

  async #seconds(starts: readonly number[]): Promise<Numbers[]> {
    const [first = 0] = starts
    const seconds = starts.map(() => this.empty())
    for await (const entry of this.since(first)) {
      const second = seconds[Math.floor((entry.time - first) / STEP_LENGTH.second)]
      const numbers = second && (await entry.numbers())
      if (numbers) this.add(second, numbers)
    }
    return seconds
  }

  /** Returns the time of the server that has the keys, in ms. */
  protected async time(): Promise<number> {
    return Number(await this.client.run(SERVER_TIME, [this.#stream], []))
  }
}
