import { STEP_LENGTH } from '../time-range.ts'

/** Length of a span for which numbers are kept in Redis as one value. */
export type BucketStep = 'minute' | 'hour' | 'day'

const DAY = STEP_LENGTH.day

/** How long the numbers of a step are kept after its end, in ms. */
export const KEPT: Readonly<Record<BucketStep, number>> = { minute: 2 * DAY, hour: 8 * DAY, day: 30 * DAY }

/** The steps of buckets, the shortest first. */
export const BUCKET_STEPS: readonly BucketStep[] = ['minute', 'hour', 'day']

/** How long entries of the stream are kept: seconds are read from them. In ms. */
export const SECONDS_KEPT = 5 * STEP_LENGTH.minute

/** A span of time for which numbers are kept as one value. */
export interface Bucket {
  readonly step: BucketStep
  /** Number of the span since 1970. */
  readonly n: number
  /** In ms since 1970. */
  readonly start: number
  /** First ms after it. */
  readonly end: number
}

/** Returns the bucket that a time is in. */
export function bucketAt(step: BucketStep, time: number): Bucket {
  const length = STEP_LENGTH[step]
  const n = Math.floor(time / length)
  return { step, n, start: n * length, end: (n + 1) * length }
}

/** Returns how long a bucket is to live on, in ms; 0 or less if its time is over. */
export function lifeOf(bucket: Bucket, now: number): number {
  return bucket.end + KEPT[bucket.step] - now
}

/**
 * Returns buckets that cover a span without a gap and without an overlap, few long ones where that
 * is possible. The span is widened to whole minutes; for times of which minutes are no longer kept,
 * to whole hours, or days.
 *
 * @param from first ms
 * @param to first ms after the span
 */
export function coveringBuckets(from: number, to: number, now: number): Bucket[] {
  const buckets: Bucket[] = []
  const oldest = bucketAt('day', now - KEPT.day).start
  for (let at = Math.max(from, oldest); at < to; ) {
    const finest = BUCKET_STEPS.find((step) => isKept(bucketAt(step, at), now)) ?? 'day'
    let chosen = bucketAt(finest, at)
    for (const step of BUCKET_STEPS) {
      const longer = bucketAt(step, at)
      if (longer.start === chosen.start && longer.end > chosen.end && longer.end <= to) chosen = longer
    }
    buckets.push(chosen)
    at = chosen.end
  }
  return buckets
}

/** Returns true if nothing of a bucket has expired. */
function isKept({ step, start }: Bucket, now: number): boolean {
  return start >= now - KEPT[step]
}
