import { processClock } from '../../clock.ts'
import type { CommandClient } from '../../redis/command-client.ts'
import { textOf } from '../../streams/replies.ts'
import { compareIds } from '../../streams/stream-id.ts'
import type { MetricsRange } from '../metrics-reader.ts'
import { entriesAfter } from '../redis/entries-after.ts'
import { NO_ID } from '../redis/packed.ts'
import { RangeReader, type TimedNumbers } from '../redis/range-reader.ts'
import { readValues } from '../redis/read-values.ts'
import type { Bucket } from '../redis/steps.ts'
import { readRange, STEP_LENGTH } from '../time-range.ts'
import { missesIn, type NginxMiss } from './miss-lines.ts'
import { decodeNginxBucket, numbersOfEntry } from './nginx-buckets.ts'
import { type NginxEntry, nginxEntries } from './nginx-entry.ts'
import type { NginxKeys } from './nginx-keys.ts'
import { addNginxNumbers, emptyNginxNumbers, type NginxNumbers } from './nginx-numbers.ts'
import { SeenSequences } from './seen-sequences.ts'

/** Entries of one command. */
const PAGE = 500
/** How long before a span the stream is read, in ms: a first copy of an entry may be there. */
const BEFORE = STEP_LENGTH.minute

/** Reads what nginx counted. */
export class NginxRedisReader extends RangeReader<NginxNumbers> {
  readonly #keys: NginxKeys

  constructor(client: CommandClient, keys: NginxKeys, clock = processClock) {
    super(client, keys.deltas, clock)
    this.#keys = keys
  }

  /** @throws OptionError, ClosedError, StoreError */
  async misses(range: MetricsRange = {}): Promise<NginxMiss[]> {
    const { from, to } = readRange(range, await this.time())
    const entries: NginxEntry[] = []
    for await (const entry of this.#entriesAfter(this.#keys.misses, NO_ID)) entries.push(entry)
    return missesIn(entries)
      .filter(({ time }) => time >= from && time < to)
      .sort((one, other) => other.time - one.time)
  }

  protected override empty(): NginxNumbers {
    return emptyNginxNumbers()
  }

  protected override add(into: NginxNumbers, from: NginxNumbers): void {
    addNginxNumbers(into, from)
  }

  protected override async numbersOf(buckets: readonly Bucket[]): Promise<NginxNumbers[]> {
    // In this order: what is read later contains at least what is read before says.
    const { applied: appliedKey, seen: seenKey } = this.#keys
    const applied = await this.client.call('GET', [appliedKey])
    const keys = buckets.map(({ step, n }) => this.#keys.bucket(step, n))
    const [seenText, ...values] = await readValues(this.client, [seenKey, ...keys])
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

  /** Yields each batch once. */
  protected override async *since(from: number): AsyncGenerator<TimedNumbers<NginxNumbers>, void, void> {
    const seen = SeenSequences.parse(null)
    for await (const entry of this.#entriesAfter(this.#keys.deltas, `${Math.max(0, from - BEFORE)}-0`))
      if (seen.note(entry)) yield { time: entry.time, numbers: () => numbersOfEntry(entry) }
  }

  #entriesAfter(stream: string, id: string): AsyncGenerator<NginxEntry, void, void> {
    return entriesAfter(this.client, stream, id, PAGE, nginxEntries)
  }
}
