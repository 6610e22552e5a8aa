/** Upper bounds of buckets of times, in seconds: from 100 us to 10 s. */
export const TIME_BOUNDS: readonly number[] = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
]

/** Upper bounds of buckets of ages, in seconds: from a second to a week. */
export const AGE_BOUNDS: readonly number[] = [1, 10, 60, 300, 900, 3_600, 21_600, 86_400, 604_800]

/** Upper bounds of buckets of sizes, in bytes: from 256 bytes to 1 MiB. */
export const SIZE_BOUNDS: readonly number[] = [256, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576]
