import { type Histogram, upperBound } from '../histogram.ts'

/**
 * Returns how many values of a histogram are at most each bound, for cumulative buckets.
 * A bucket of the histogram that reaches beyond a bound is not counted below it, so a value that is
 * up to 6.25 % smaller than a bound may be missing there. Sums and counts are exact.
 * @param bounds ascending, in the histogram's own unit
 */
export function cumulativeCounts(histogram: Histogram, bounds: readonly number[]): number[] {
  const counts = bounds.map(() => 0)
  let at = 0
  let sum = 0
  for (const [index, count] of histogram.buckets) {
    const largest = upperBound(index)
    // Rounded, as the scale of times is no binary fraction.
    while (at < bounds.length && largest > Math.round(bounds[at] as number)) counts[at++] = sum
    sum += count
  }
  return counts.fill(sum, at)
}
