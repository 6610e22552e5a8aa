import { type Clock, processClock } from '../../clock.ts'
import type { CommandClient } from '../../redis/command-client.ts'
import { textOf } from '../../streams/replies.ts'
import { compareIds } from '../../streams/stream-id.ts'
import type { MetricsRange, SeriesRange } from '../metrics-reader.ts'
import { NO_ID } from '../redis/packed.ts'
import { readValues } from '../redis/read-values.ts'
import { SERVER_TIME } from '../redis/scripts.ts'
import { type Bucket, bucketAt, coveringBuckets, SECONDS_KEPT } from '../redis/steps.ts'
import { readRange, readSeriesRange, type Span, STEP_LENGTH } from '../time-range.ts'
import { missesIn, type NginxMiss } from './miss-lines.ts'
import { decodeNginxBucket, numbersOfEntry } from './nginx-buckets.ts'
import { type NginxEntry, nginxEntries } from './nginx-entry.ts'
import type { NginxKeys } from './nginx-keys.ts'
import { addNginxNumbers, emptyNginxNumbers, type NginxNumbers } from './nginx-numbers.ts'
import { SeenSequences } from './seen-sequences.ts'

/** Entries of one command: the server serves others between two of them. */
const PAGE = 500
/** How long before the end of {@link SECONDS_KEPT} a span is no longer read from the stream. */
const MARGIN = STEP_LENGTH.minute
/** How long before a span the stream is read, in ms: a first copy of an entry may be there. */
const BEFORE = STEP_LENGTH.minute

/**
 * Reads what nginx counted: buckets, and of the stream what they do not contain yet. So whatever a
 * worker has sent is counted at once, and once.
 */
export class NginxRedisReader {
  readonly #client: CommandClient
  readonly #keys: NginxKeys
  readonly #clock: Clock

  constructor(client: CommandClient, keys: NginxKeys, clock = processClock) {
    this.#client = client
    this.#keys = keys
    this.#clock = clock
  }

  /** @throws OptionError, ClosedError, StoreError */
  async totals(range: MetricsRange = {}): Promise<NginxNumbers> {
    readRange(range, this.#clock.wall())
    const now = await this.#time()
    const span = readRange(range, now)
    if (span.from >= now - SECONDS_KEPT + MARGIN) return this.#recent(span)
    const buckets = coveringBuckets(span.from, Math.min(span.to, now + 1), now)
    const total = emptyNginxNumbers(
      buckets[0]?.start ?? span.from,
      Math.min(buckets.at(-1)?.end ?? span.to, now + 1),
    )
    for (const numbers of await this.#numbersOf(buckets)) addNginxNumbers(total, numbers)
    return total
  }

  /** @throws OptionError, ClosedError, StoreError */
  async series(range: SeriesRange): Promise<NginxNumbers[]> {
    readSeriesRange(range, this.#clock.wall())
    const { step, from, to } = readSeriesRange(range, await this.#time())
    const length = STEP_LENGTH[step]
    const starts = Array.from({ length: (to - from) / length }, (_, n) => from + n * length)
    if (step === 'second') return this.#seconds(starts)
    const numbers = await this.#numbersOf(starts.map((start) => bucketAt(step, start)))
    return numbers.map((one, at) => Object.assign(one, spanOf(from + at * length, length)))
  }

  /** @throws OptionError, ClosedError, StoreError */
  async misses(range: MetricsRange = {}): Promise<NginxMiss[]> {
    const { from, to } = readRange(range, await this.#time())
    const entries: NginxEntry[] = []
    for await (const entry of this.#entriesAfter(this.#keys.misses, NO_ID)) entries.push(entry)
    return missesIn(entries)
      .filter(({ time }) => time >= from && time < to)
      .sort((one, other) => other.time - one.time)
  }

  /** Returns the numbers of each bucket, with what the stream has beyond them. */
  async #numbersOf(buckets: readonly Bucket[]): Promise<NginxNumbers[]> {
    // In this order: what is read later contains at least what is read before says.
    const { applied: appliedKey, seen: seenKey } = this.#keys
    const applied = await this.#client.call('GET', [appliedKey])
    const keys = buckets.map(({ step, n }) => this.#keys.bucket(step, n))
    const [seenText, ...values] = await readValues(this.#client, [seenKey, ...keys])
    const seen = SeenSequences.parse(seenText?.toString() ?? null)
    const found = buckets.map((bucket, at) => ({ bucket, ...decodeNginxBucket(values[at]) }))
    const after = applied === null ? NO_ID : textOf(applied)
    for await (const entry of this.#entriesAfter(this.#keys.deltas, after)) {
      if (!seen.note(entry)) continue
      const { time } = entry
      const one = found.find(({ bucket }) => time >= bucket.start && time < bucket.end)
      if (one && compareIds(entry.id, one.applied) > 0) addNginxNumbers(one.numbers, numbersOfEntry(entry))
    }
    return found.map(({ numbers }) => numbers)
  }

  /** Returns the sum of a span that the stream still has, by seconds. */
  async #recent(span: Span): Promise<NginxNumbers> {
    const from = Math.floor(span.from / STEP_LENGTH.second) * STEP_LENGTH.second
    const total = emptyNginxNumbers(from, span.to)
    for await (const entry of this.#entriesSince(from))
      if (entry.time < span.to) addNginxNumbers(total, numbersOfEntry(entry))
    return total
  }

  async #seconds(starts: readonly number[]): Promise<NginxNumbers[]> {
    const [first = 0] = starts
    const length = STEP_LENGTH.second
    const seconds = starts.map((from) => emptyNginxNumbers(from, from + length))
    for await (const entry of this.#entriesSince(first)) {
      const second = seconds[Math.floor((entry.time - first) / length)]
      if (second) addNginxNumbers(second, numbersOfEntry(entry))
    }
    return seconds
  }

  /** Yields the entries of a time and later, each batch once. */
  async *#entriesSince(from: number): AsyncGenerator<NginxEntry, void, void> {
    const seen = SeenSequences.parse(null)
    for await (const entry of this.#entriesAfter(this.#keys.deltas, `${Math.max(0, from - BEFORE)}-0`))
      if (seen.note(entry) && entry.time >= from) yield entry
  }

  /** Yields the entries of a stream after an id. */
  async *#entriesAfter(stream: string, id: string): AsyncGenerator<NginxEntry, void, void> {
    for (let after = id; ; ) {
      const args = [stream, `(${after}`, '+', 'COUNT', String(PAGE)]
      const entries = nginxEntries(await this.#client.call('XRANGE', args))
      yield* entries
      const last = entries.at(-1)
      if (!last || entries.length < PAGE) return
      after = last.id
    }
  }

  /** Returns the time of the server that has the keys, in ms. */
  async #time(): Promise<number> {
    return Number(await this.#client.run(SERVER_TIME, [this.#keys.deltas], []))
  }
}

function spanOf(from: number, length: number): Span {
  return { from, to: from + length }
}
