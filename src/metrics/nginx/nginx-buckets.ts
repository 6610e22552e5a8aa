import { compareIds } from '../../streams/stream-id.ts'
import type { ChangedBucket } from '../redis/bucket-values.ts'
import { NO_ID } from '../redis/packed.ts'
import { BUCKET_STEPS, type Bucket, bucketAt, KEPT, lifeOf } from '../redis/steps.ts'
import type { Aggregation } from '../redis/stream-aggregator.ts'
import { type NginxEntry, nginxEntries } from './nginx-entry.ts'
import type { NginxKeys } from './nginx-keys.ts'
import {
  addEncodedSeries,
  addNginxNumbers,
  emptyNginxNumbers,
  encodeNginxSeries,
  type NginxNumbers,
} from './nginx-numbers.ts'
import { SeenSequences } from './seen-sequences.ts'

/** Numbers of a bucket, and the id of the last entry of the stream that they contain. */
export interface NginxBucket {
  readonly applied: string
  readonly numbers: NginxNumbers
}

/** Writes a bucket: a line with what it contains, then a line for each series. */
export function encodeNginxBucket({ applied, numbers }: NginxBucket): Buffer {
  return Buffer.from(`1 ${applied} ${numbers.dropped}\n${encodeNginxSeries(numbers)}`)
}

/** Reads a bucket. What is not there, damaged or of a later release is empty. */
export function decodeNginxBucket(value: Buffer | null | undefined): NginxBucket {
  const numbers = emptyNginxNumbers()
  const text = value?.toString() ?? ''
  const end = text.indexOf('\n')
  const [version, applied = NO_ID, dropped] = text.slice(0, Math.max(end, 0)).split(' ')
  if (version !== '1' || !/^\d+-\d+$/.test(applied)) return { applied: NO_ID, numbers }
  numbers.dropped = Number(dropped) || 0
  addEncodedSeries(numbers, text.slice(end + 1))
  return { applied, numbers }
}

/** Returns the numbers of an entry. */
export function numbersOfEntry({ text, dropped }: NginxEntry): NginxNumbers {
  const numbers = emptyNginxNumbers()
  numbers.dropped = dropped
  addEncodedSeries(numbers, text)
  return numbers
}

/** Minutes, hours and days of what nginx counted. Each batch of a worker is added once. */
export class NginxBuckets implements Aggregation<NginxEntry> {
  readonly #keys: NginxKeys
  readonly #read: (keys: readonly string[]) => Promise<readonly (Buffer | null)[]>

  constructor(keys: NginxKeys, read: (keys: readonly string[]) => Promise<readonly (Buffer | null)[]>) {
    this.#keys = keys
    this.#read = read
  }

  entriesOf(reply: unknown): NginxEntry[] {
    return nginxEntries(reply)
  }

  /** Nothing stays in memory: a few small values are read every ten seconds. */
  forget(): void {}

  async add(entries: readonly NginxEntry[], now: number): Promise<ChangedBucket[]> {
    const wanted = new Map<string, Bucket>()
    for (const { time } of entries)
      for (const step of BUCKET_STEPS) {
        const bucket = bucketAt(step, time)
        if (lifeOf(bucket, now) > 0) wanted.set(this.#keyOf(bucket), bucket)
      }
    // `seen` first: no bucket is older than it.
    const [seenText, ...values] = await this.#read([this.#keys.seen, ...wanted.keys()])
    const seen = SeenSequences.parse(seenText?.toString() ?? null)
    const buckets = new Map([...wanted.keys()].map((key, at) => [key, decodeNginxBucket(values[at])]))
    for (const entry of entries) if (seen.note(entry)) this.#addEntry(entry, buckets)
    const applied = entries.at(-1)?.id ?? NO_ID
    const changed = [...buckets].map(([key, { numbers }]) => ({
      key,
      ttl: lifeOf(wanted.get(key) as Bucket, now),
      value: encodeNginxBucket({ applied, numbers }),
    }))
    return [{ key: this.#keys.seen, ttl: KEPT.minute, value: Buffer.from(String(seen)) }, ...changed]
  }

  #addEntry(entry: NginxEntry, buckets: ReadonlyMap<string, NginxBucket>): void {
    const numbers = numbersOfEntry(entry)
    for (const step of BUCKET_STEPS) {
      const bucket = buckets.get(this.#keyOf(bucketAt(step, entry.time)))
      if (bucket && compareIds(entry.id, bucket.applied) > 0) addNginxNumbers(bucket.numbers, numbers)
    }
  }

  #keyOf({ step, n }: Bucket): string {
    return this.#keys.bucket(step, n)
  }
}
