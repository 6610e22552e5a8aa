import { compareIds } from '../../streams/stream-id.ts'
import { addSnapshot } from '../add-snapshot.ts'
import { emptySnapshot, type Snapshot } from '../snapshot.ts'
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

/** The sum of entries, and the keys of the buckets that it is added to. */
interface BucketSum {
  readonly keys: readonly string[]
  readonly sum: Snapshot
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
    for (const { keys, sum } of await this.#sums(entries, held, now))
      for (const key of keys) {
        const one = held.get(key) as Held
        addSnapshot(one.snapshot, sum)
        changed.set(key, one)
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

  /** Returns the sum of the entries of the same buckets: most are of one minute. */
  async #sums(
    entries: readonly DeltaEntry[],
    held: ReadonlyMap<string, Held>,
    now: number,
  ): Promise<Iterable<BucketSum>> {
    const sums = new Map<string, BucketSum>()
    for (const entry of entries) {
      const delta = await unpack(entry.data)
      if (!delta) {
        giveWay(entry, now)
        continue
      }
      const keys = this.#keysFor(entry, now).filter((key) => {
        return compareIds(entry.id, held.get(key)?.applied ?? NO_ID) > 0
      })
      const group = keys.join(' ')
      const before = sums.get(group)
      if (before) addSnapshot(before.sum, delta)
      else sums.set(group, { keys, sum: delta })
    }
    return sums.values()
  }

  /** Returns the keys of the buckets that an entry belongs to, but those whose time is over. */
  #keysFor({ time }: DeltaEntry, now: number): string[] {
    return this.#bucketsFor(time, now).map(this.#keyOf)
  }

  #bucketsFor(time: number, now: number): Bucket[] {
    return BUCKET_STEPS.map((step) => bucketAt(step, time)).filter((bucket) => lifeOf(bucket, now) > 0)
  }

  /** Returns the buckets that entries belong to, and those in memory. */
  async #load(entries: readonly DeltaEntry[], now: number): Promise<Map<string, Held>> {
    const wanted = new Map<string, { readonly bucket: Bucket; readonly entry: DeltaEntry }>()
    for (const entry of entries)
      for (const bucket of this.#bucketsFor(entry.time, now))
        wanted.set(this.#keyOf(bucket), { bucket, entry })
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
