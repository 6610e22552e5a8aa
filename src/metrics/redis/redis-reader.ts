import { type Clock, processClock } from '../../clock.ts'
import type { CommandClient } from '../../redis/command-client.ts'
import { pairsOf, textOf } from '../../streams/replies.ts'
import { compareIds } from '../../streams/stream-id.ts'
import { addSnapshot } from '../add-snapshot.ts'
import type { MetricsProcess, MetricsRange, SeriesRange } from '../metrics-reader.ts'
import { emptySnapshot, type Snapshot } from '../snapshot.ts'
import { readRange, readSeriesRange, type Span, STEP_LENGTH } from '../time-range.ts'
import { type DeltaEntry, deltaEntries } from './delta-entries.ts'
import type { MetricsKeys } from './keys.ts'
import { NO_ID, unpack, unpackBucket } from './packed.ts'
import { readProcesses } from './process-list.ts'
import { readValues } from './read-values.ts'
import { SERVER_TIME } from './scripts.ts'
import { type Bucket, bucketAt, coveringBuckets, SECONDS_KEPT } from './steps.ts'

/** Entries of one command: the server serves others between two of them. */
const PAGE = 100
/** How long before the end of {@link SECONDS_KEPT} a span is no longer read from the stream. */
const MARGIN = STEP_LENGTH.minute

/**
 * Reads the numbers of all processes: buckets, and of the stream what they do not contain yet. So
 * whatever a process has pushed is counted at once, and once.
 */
export class RedisReader {
  readonly #client: CommandClient
  readonly #keys: MetricsKeys
  readonly #clock: Clock

  constructor(client: CommandClient, keys: MetricsKeys, clock = processClock) {
    this.#client = client
    this.#keys = keys
    this.#clock = clock
  }

  /** @throws OptionError, ClosedError, StoreError */
  async totals(range: MetricsRange = {}): Promise<Snapshot> {
    readRange(range, this.#clock.wall())
    const now = await this.#time()
    const span = readRange(range, now)
    if (span.from >= now - SECONDS_KEPT + MARGIN) return this.#recent(span)
    const buckets = coveringBuckets(span.from, Math.min(span.to, now + 1), now)
    const total = emptySnapshot()
    for (const snapshot of await this.#numbersOf(buckets)) addSnapshot(total, snapshot)
    const end = Math.min(buckets.at(-1)?.end ?? span.to, now + 1)
    return within(total, { from: buckets[0]?.start ?? span.from, to: end })
  }

  /** @throws OptionError, ClosedError, StoreError */
  async series(range: SeriesRange): Promise<Snapshot[]> {
    readSeriesRange(range, this.#clock.wall())
    const { step, from, to } = readSeriesRange(range, await this.#time())
    const length = STEP_LENGTH[step]
    const starts = Array.from({ length: (to - from) / length }, (_, n) => from + n * length)
    if (step === 'second') return this.#seconds(starts)
    const numbers = await this.#numbersOf(starts.map((start) => bucketAt(step, start)))
    return numbers.map((snapshot, at) => {
      const start = from + at * length
      return within(snapshot, { from: start, to: start + length })
    })
  }

  /** @throws ClosedError, StoreError */
  async processes(): Promise<MetricsProcess[]> {
    const now = await this.#time()
    return readProcesses(pairsOf(await this.#client.call('HGETALL', [this.#keys.seen])), now)
  }

  /** Returns the numbers of each bucket, with what the stream has beyond them. */
  async #numbersOf(buckets: readonly Bucket[]): Promise<Snapshot[]> {
    const keyOf = ({ step, n }: Bucket) => this.#keys.bucket(step, n)
    // Before the buckets: those that are read later contain at least what this id says.
    const applied = await this.#client.call('GET', [this.#keys.applied])
    const values = await readValues(this.#client, buckets.map(keyOf))
    const found: { bucket: Bucket; applied: string; snapshot: Snapshot }[] = []
    for (const [at, bucket] of buckets.entries()) {
      const numbers = values[at] ? await unpackBucket(values[at]) : undefined
      found.push({ bucket, ...(numbers ?? { applied: NO_ID, snapshot: emptySnapshot() }) })
    }
    for await (const { id, time, data } of this.#entriesAfter(applied === null ? NO_ID : textOf(applied))) {
      const one = found.find(({ bucket }) => time >= bucket.start && time < bucket.end)
      if (!one || compareIds(id, one.applied) <= 0) continue
      const delta = await unpack(data)
      if (delta) addSnapshot(one.snapshot, delta)
    }
    return found.map(({ snapshot }) => snapshot)
  }

  /** Returns the sum of a span that the stream still has, by seconds. */
  async #recent(span: Span): Promise<Snapshot> {
    const from = Math.floor(span.from / STEP_LENGTH.second) * STEP_LENGTH.second
    const total = emptySnapshot()
    for await (const { time, data } of this.#entriesAfter(idBefore(from))) {
      if (time < from || time >= span.to) continue
      const delta = await unpack(data)
      if (delta) addSnapshot(total, delta)
    }
    return within(total, { from, to: span.to })
  }

  async #seconds(starts: readonly number[]): Promise<Snapshot[]> {
    const [first = 0] = starts
    const seconds = starts.map(() => emptySnapshot())
    for await (const { time, data } of this.#entriesAfter(idBefore(first))) {
      const second = seconds[Math.floor((time - first) / STEP_LENGTH.second)]
      const delta = second && (await unpack(data))
      if (delta) addSnapshot(second, delta)
    }
    return seconds.map((second, at) => {
      const from = first + at * STEP_LENGTH.second
      return within(second, { from, to: from + STEP_LENGTH.second })
    })
  }

  /** Yields the entries of the stream after an id. */
  async *#entriesAfter(id: string): AsyncGenerator<DeltaEntry, void, void> {
    for (let after = id; ; ) {
      const args = [this.#keys.deltas, `(${after}`, '+', 'COUNT', String(PAGE)]
      const entries = deltaEntries(await this.#client.call('XRANGE', args))
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

/** Returns the id before any of a time. */
function idBefore(time: number): string {
  return time > 0 ? `${time - 1}-18446744073709551615` : NO_ID
}

function within(snapshot: Snapshot, { from, to }: Span): Snapshot {
  return Object.assign(snapshot, { from, to })
}
