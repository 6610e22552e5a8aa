import type { BucketStep } from './steps.ts'

/** Keys of the metrics of one prefix. */
export interface MetricsKeys {
  /** Stream of what the processes pushed. */
  readonly deltas: string
  /** Hash: the last sequence of each process, when it was seen, and what it said of itself. */
  readonly seen: string
  /** Id of the last entry of the stream that the buckets contain. */
  readonly applied: string
  /** Lease of the process that fills the buckets. */
  readonly lease: string
  /** Numbers of one minute, hour or day since 1970. */
  bucket(step: BucketStep, n: number): string
}

/**
 * Returns the keys. In a cluster the prefix becomes their hash tag, unless it has one, so that one
 * script can use all of them.
 */
export function metricsKeys(prefix: string, isCluster: boolean): MetricsKeys {
  const begin = `${isCluster && !/\{[^}]+\}/.test(prefix) ? `{${prefix}}` : prefix}:metrics`
  return {
    deltas: `${begin}:deltas`,
    seen: `${begin}:seen`,
    applied: `${begin}:applied`,
    lease: `${begin}:lease`,
    bucket: (step, n) => `${begin}:${step}:${n}`,
  }
}
