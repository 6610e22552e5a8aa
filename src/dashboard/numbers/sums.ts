import { Histogram } from '../../metrics/histogram.ts'
import { type FragmentNumbers, missesOf, type Snapshot, TRIP_KINDS } from '../../metrics/snapshot.ts'

/** Sums over all fragments and pages of a snapshot. */
export interface Sums {
  readonly hits: number
  readonly stale: number
  readonly misses: number
  /** Share of fragments that were shown from the store; NaN without fragments. */
  readonly hitRatio: number
  /** In ms. */
  readonly savedTime: number
  readonly lostTime: number
  readonly bytesServed: number
  /** Time of a page's renders, in us. */
  readonly time: Histogram
  readonly reasons: ReadonlyMap<string, number>
}

export function sumsOf(snapshot: Snapshot): Sums {
  let [hits, stale, misses, savedTime, lostTime, bytesServed] = [0, 0, 0, 0, 0, 0]
  const reasons = new Map<string, number>()
  for (const fragment of snapshot.fragments.values()) {
    hits += fragment.hits
    stale += fragment.stale
    misses += missesOf(fragment)
    savedTime += fragment.savedTime
    lostTime += fragment.lostTime
    bytesServed += fragment.bytesServed
    for (const [reason, count] of Object.entries(fragment.misses))
      reasons.set(reason, (reasons.get(reason) ?? 0) + count)
  }
  const time = new Histogram()
  for (const template of snapshot.templates.values()) time.merge(template.time)
  return {
    hits,
    stale,
    misses,
    hitRatio: ratioOf(hits + stale, misses),
    savedTime,
    lostTime,
    bytesServed,
    time,
    reasons,
  }
}

/** Returns the share of a fragment's uses that were shown from the store; NaN if it had none. */
export function hitRatioOf(fragment: FragmentNumbers): number {
  return ratioOf(fragment.hits + fragment.stale, missesOf(fragment))
}

function ratioOf(found: number, missed: number): number {
  return found / (found + missed)
}

/** Returns NaN as null, which leaves a gap in a chart. */
export function orGap(value: number): number | null {
  return Number.isFinite(value) ? value : null
}

/** Returns the round trips that failed, of any kind. */
export function failedTrips({ trip }: Snapshot): number {
  return TRIP_KINDS.reduce((sum, kind) => sum + trip[kind].failed, 0)
}

/** A bar of a list of shares. */
export interface Share {
  readonly label: string
  readonly count: number
  /** Of 1. */
  readonly share: number
  /** Of the longest bar, from 0 to 100. */
  readonly width: number
}

/** Returns counts as bars, the largest first. */
export function sharesOf(counts: Iterable<readonly [label: string, count: number]>): Share[] {
  const sorted = [...counts].filter(([, count]) => count > 0).sort((a, b) => b[1] - a[1])
  const sum = sorted.reduce((total, [, count]) => total + count, 0)
  const most = sorted[0]?.[1] ?? 1
  return sorted.map(([label, count]) => ({
    label,
    count,
    share: count / sum,
    width: Math.round((count / most) * 1000) / 10,
  }))
}
