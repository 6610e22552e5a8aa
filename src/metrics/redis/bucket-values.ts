import { compareIds } from '../../streams/stream-id.ts'
import { addSnapshot } from '../add-snapshot.ts'
import { emptySnapshot } from '../snapshot.ts'
import { type DeltaEntry, millisecondsOf } from './delta-entries.ts'
import { type BucketNumbers, NO_ID, packBucket, unpack, unpackBucket } from './packed.ts'
import { BUCKET_STEPS, type Bucket, bucketAt, lifeOf } from './steps.ts'

/** How long entries that cannot be read are left to a process of a later release, in ms. */
const GIVE_WAY = 5 * 60_000
/** Thrown for entries and buckets that a process of a later release may be able to read. */
export class LaterReleaseError extends Error {}

/** A bucket to be written. */
export interface ChangedBucket {
  readonly key: string
  /** In ms. */
  readonly ttl: number
  readonly value: Buffer
}

interface Held extends BucketNumbers {
  readonly bucket: Bucket
}

/**
 * Buckets as the aggregator of this process fills them. The latest of each step stays in memory, so
 * that it need not be read and unpacked each time.
 */
export class BucketValues {
  readonly #keyOf: (bucket: Bucket) => string
  readonly #read: (keys: readonly string[]) => Promise<readonly (Buffer | null)[]>
  #held = new Map<string, Held>()

  constructor(
    keyOf: (bucket: Bucket) => string,
    read: (keys: readonly string[]) => Promise<readonly (Buffer | null)[]>,
  ) {
    this.#keyOf = keyOf
    this.#read = read
  }

  /** Drops what is in memory: another process may have written since. */
  forget(): void {
    this.#held.clear()
  }

  /**
   * Adds entries to their buckets. Entries that a bucket already contains are left out of it.
   *
   * @param now the server's time
   * @throws LaterReleaseError for what this release cannot read, as long as it is new
   */
  async add(entries: readonly DeltaEntry[], now: number): Promise<ChangedBucket[]> {
    const last = entries.at(-1)?.id ?? NO_ID
    const held = await this.#load(entries, now)
    const changed = new Map<string, Held>()
    for (const entry of entries) {
      const delta = await unpack(entry.data)
      if (!delta) giveWay(entry, now)
      else
        for (const step of BUCKET_STEPS) {
          const bucket = bucketAt(step, entry.time)
          const key = this.#keyOf(bucket)
          const numbers = lifeOf(bucket, now) > 0 ? held.get(key) : undefined
          if (!numbers || compareIds(entry.id, numbers.applied) <= 0) continue
          addSnapshot(numbers.snapshot, delta)
          changed.set(key, numbers)
        }
    }
    const values: ChangedBucket[] = []
    for (const [key, { bucket, snapshot }] of changed) {
      held.set(key, { bucket, snapshot, applied: last })
      const value = await packBucket({ applied: last, snapshot })
      values.push({ key, ttl: lifeOf(bucket, now), value })
    }
    this.#held = latestOf(held)
    return values
  }

  /** Returns the buckets that entries belong to, but those whose time is over. */
  async #load(entries: readonly DeltaEntry[], now: number): Promise<Map<string, Held>> {
    const wanted = new Map<string, { readonly bucket: Bucket; readonly entry: DeltaEntry }>()
    for (const entry of entries)
      for (const bucket of BUCKET_STEPS.map((step) => bucketAt(step, entry.time)))
        if (lifeOf(bucket, now) > 0) wanted.set(this.#keyOf(bucket), { bucket, entry })
    const held = new Map(this.#held)
    const missing = [...wanted.keys()].filter((key) => !held.has(key))
    const values = missing.length === 0 ? [] : await this.#read(missing)
    for (const [at, key] of missing.entries()) {
      const { bucket, entry } = wanted.get(key) as { bucket: Bucket; entry: DeltaEntry }
      const value = values[at]
      const numbers = value ? await unpackBucket(value) : undefined
      if (value && !numbers) giveWay(entry, now)
      held.set(key, { bucket, ...(numbers ?? { applied: NO_ID, snapshot: emptySnapshot() }) })
    }
    return held
  }
}

/**
 * Leaves what cannot be read to a process of a later release. If there is none, which shows after a
 * while, it is damaged, or the release was taken back: then the numbers go on without it.
 */
function giveWay(entry: DeltaEntry, now: number): void {
  if (now - millisecondsOf(entry.id) < GIVE_WAY)
    throw new LaterReleaseError(`metrics of a later release, or damaged ones (entry ${entry.id})`)
}

function latestOf(held: ReadonlyMap<string, Held>): Map<string, Held> {
  const latest = new Map<string, [key: string, one: Held]>()
  for (const [key, one] of held) {
    const other = latest.get(one.bucket.step)?.[1]
    if (!other || one.bucket.start > other.bucket.start) latest.set(one.bucket.step, [key, one])
  }
  return new Map(latest.values())
}
