import type { Round } from './load-page.ts'

/** Rounds, as one outcome: the medians, and the range of the rate. */
export interface Outcome extends Round {
  readonly lowest: number
  readonly highest: number
}

/** Returns the outcome of at least one round. */
export function outcomeOf(rounds: readonly Round[]): Outcome {
  const rates = rounds.map(({ requestsPerSecond }) => requestsPerSecond)
  return {
    requestsPerSecond: median(rates),
    lowest: Math.min(...rates),
    highest: Math.max(...rates),
    p50: median(rounds.map(({ p50 }) => p50)),
    p99: median(rounds.map(({ p99 }) => p99)),
    failed: rounds.reduce((sum, { failed }) => sum + failed, 0),
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? 0
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2
}
