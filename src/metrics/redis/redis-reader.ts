import { processClock } from '../../clock.ts'
import type { CommandClient } from '../../redis/command-client.ts'
import { pairsOf, textOf } from '../../streams/replies.ts'
import { compareIds } from '../../streams/stream-id.ts'
import { addSnapshot } from '../add-snapshot.ts'
import type { MetricsProcess } from '../metrics-reader.ts'
import { emptySnapshot, type Snapshot } from '../snapshot.ts'
import { type DeltaEntry, deltaEntries } from './delta-entries.ts'
import { entriesAfter } from './entries-after.ts'
import type { MetricsKeys } from './keys.ts'
import { NO_ID, unpack, unpackBucket } from './packed.ts'
import { readProcesses } from './process-list.ts'
import { RangeReader, type TimedNumbers } from './range-reader.ts'
import { readValues } from './read-values.ts'
import type { Bucket } from './steps.ts'

/** Entries of one command. */
const PAGE = 100

/** Reads the numbers of all processes. */
export class RedisReader extends RangeReader<Snapshot> {
  readonly #keys: MetricsKeys

  constructor(client: CommandClient, keys: MetricsKeys, clock = processClock) {
    super(client, keys.deltas, clock)
    this.#keys = keys
  }

  /** @throws ClosedError, StoreError */
  async processes(): Promise<MetricsProcess[]> {
    const now = await this.time()
    return readProcesses(pairsOf(await this.client.call('HGETALL', [this.#keys.seen])), now)
  }

  protected override empty(): Snapshot {
    return emptySnapshot()
  }

  protected override add(into: Snapshot, from: Snapshot): void {
    addSnapshot(into, from)
  }

  protected override async numbersOf(buckets: readonly Bucket[]): Promise<Snapshot[]> {
    const keyOf = ({ step, n }: Bucket) => this.#keys.bucket(step, n)
    // Before the buckets: those that are read later contain at least what this id says.
    const applied = await this.client.call('GET', [this.#keys.applied])
    const values = await readValues(this.client, buckets.map(keyOf))
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

  protected override async *since(from: number): AsyncGenerator<TimedNumbers<Snapshot>, void, void> {
    for await (const { time, data } of this.#entriesAfter(idBefore(from)))
      yield { time, numbers: () => unpack(data) }
  }

  #entriesAfter(id: string): AsyncGenerator<DeltaEntry, void, void> {
    return entriesAfter(this.client, this.#keys.deltas, id, PAGE, deltaEntries)
  }
}

/** Returns the id before any of a time. */
function idBefore(time: number): string {
  return time > 0 ? `${time - 1}-18446744073709551615` : NO_ID
}
