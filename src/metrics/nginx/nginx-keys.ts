import type { BucketStep } from '../redis/steps.ts'

/** Keys of what nginx counts, of one prefix. */
export interface NginxKeys {
  /** Stream of what the workers counted in each second. */
  readonly deltas: string
  /** Stream of lines of misses. */
  readonly misses: string
  /** Id of the last entry of the stream that the buckets contain. */
  readonly applied: string
  /** Lease of the process that fills the buckets. */
  readonly lease: string
  /** Last sequence of each worker among the entries that the buckets contain. */
  readonly seen: string
  /** Numbers of one minute, hour or day since 1970. */
  bucket(step: BucketStep, n: number): string
}

/** Returns the keys. In a cluster the prefix becomes their hash tag, unless it has one. */
export function nginxKeys(prefix: string, isCluster: boolean): NginxKeys {
  const begin = `${isCluster && !/\{[^}]+\}/.test(prefix) ? `{${prefix}}` : prefix}:nginx`
  return {
    deltas: `${begin}:seconds`,
    misses: `${begin}:misses`,
    applied: `${begin}:applied`,
    lease: `${begin}:lease`,
    seen: `${begin}:seen`,
    bucket: (step, n) => `${begin}:${step}:${n}`,
  }
}
