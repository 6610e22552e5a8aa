import type { Clock } from '../../clock.ts'
import type { CommandClient } from '../../redis/command-client.ts'
import { BucketValues } from './bucket-values.ts'
import { type DeltaEntry, deltaEntries } from './delta-entries.ts'
import type { MetricsKeys } from './keys.ts'
import { readValues } from './read-values.ts'
import { FORGET } from './scripts.ts'
import { StreamAggregator } from './stream-aggregator.ts'

/** How long a process that ended is remembered for copies of its deltas, in ms. */
const PROCESS_KEPT = 2 * 24 * 3_600_000
const MAX_PROCESSES = 5_000
const FORGET_EVERY = 10 * 60_000

/** Adds what the processes have pushed to minutes, hours and days. */
export class Aggregator extends StreamAggregator<DeltaEntry> {
  readonly #seen: string
  #forgotAt = Number.NEGATIVE_INFINITY

  /** @param onError called once where one run after the other fails */
  constructor(client: CommandClient, keys: MetricsKeys, clock: Clock, onError: (error: unknown) => void) {
    const buckets = new BucketValues(
      ({ step, n }) => keys.bucket(step, n),
      (wanted) => readValues(client, wanted),
    )
    const aggregation = {
      entriesOf: deltaEntries,
      add: (entries: readonly DeltaEntry[], now: number) => buckets.add(entries, now),
      forget: () => buckets.forget(),
    }
    super(client, keys, aggregation, clock, onError)
    this.#seen = keys.seen
  }

  protected override async tidy(): Promise<void> {
    if (this.clock.now() - this.#forgotAt < FORGET_EVERY) return
    this.#forgotAt = this.clock.now()
    await this.client.run(FORGET, [this.#seen], [String(PROCESS_KEPT), String(MAX_PROCESSES)])
  }
}
