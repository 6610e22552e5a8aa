/** Number of calls up to each power of two: 1.024 us for the first one, then 2.048 us ... */
const BUCKETS = 32

/** A number of calls that took at most so long. */
export interface LatencyStep {
  readonly micros: number
  readonly calls: number
}

/** Counts of one command, for INFO and LATENCY HISTOGRAM. */
export class CallStats {
  calls = 0
  /** Microseconds. */
  time = 0
  /** Refused before they ran: wrong arguments, no memory. */
  rejected = 0
  /** Ran, and answered an error. */
  failed = 0
  #buckets: Uint32Array | undefined

  add(micros: number): void {
    this.calls++
    this.time += micros
    this.#buckets ??= new Uint32Array(BUCKETS)
    const bucket = 32 - Math.clz32(micros / 1.024)
    this.#buckets[bucket] = (this.#buckets[bucket] as number) + 1
  }

  /** Returns how many calls took at most how long, without steps that add none. */
  histogram(): LatencyStep[] {
    const steps: LatencyStep[] = []
    let calls = 0
    for (const [bucket, count] of (this.#buckets ?? []).entries()) {
      calls += count
      if (count > 0) steps.push({ micros: 1.024 * 2 ** bucket, calls })
    }
    return steps
  }

  /** Returns a time that so many percent of the calls did not exceed, in us. */
  percentile(percent: number): number {
    const steps = this.histogram()
    const found = steps.find(({ calls }) => calls >= (this.calls * percent) / 100)
    return (found ?? steps.at(-1))?.micros ?? 0
  }

  reset(): void {
    this.calls = 0
    this.time = 0
    this.rejected = 0
    this.failed = 0
    this.#buckets = undefined
  }
}
