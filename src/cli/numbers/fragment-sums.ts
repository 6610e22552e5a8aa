import { type FragmentNumbers, missesOf } from '../../metrics/index.ts'

/** Sums over several fragments. Times in ms. */
export interface FragmentSums {
  hits: number
  stale: number
  misses: number
  savedTime: number
  lostTime: number
  /** Misses by reason, the most frequent first. */
  reasons: [reason: string, count: number][]
}

export function sumOf(fragments: Iterable<FragmentNumbers>): FragmentSums {
  const sums = { hits: 0, stale: 0, misses: 0, savedTime: 0, lostTime: 0 }
  const reasons = new Map<string, number>()
  for (const numbers of fragments) {
    sums.hits += numbers.hits
    sums.stale += numbers.stale
    sums.misses += missesOf(numbers)
    sums.savedTime += numbers.savedTime
    sums.lostTime += numbers.lostTime
    for (const [reason, count] of Object.entries(numbers.misses))
      reasons.set(reason, (reasons.get(reason) ?? 0) + count)
  }
  return { ...sums, reasons: [...reasons].sort(([, one], [, other]) => other - one) }
}
