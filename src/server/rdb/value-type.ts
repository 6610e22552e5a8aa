/**
 * Types of values in Redis' files and dumps.
 *
 * Source: `rdb.h` of Redis 7.0
 */
export const VALUE_TYPE = {
  string: 0,
  list: 1,
  set: 2,
  /** Scores are texts. */
  textZset: 3,
  hash: 4,
  /** Scores are doubles. */
  zset: 5,
  /** Compact lists of Redis before 7.0. */
  listZiplist: 10,
  intset: 11,
  zsetZiplist: 12,
  hashZiplist: 13,
  ziplistQuicklist: 14,
  /** Streams of Redis 5 to 6.2, without counters. */
  oldStream: 15,
  hashListpack: 16,
  zsetListpack: 17,
  quicklist: 18,
  stream: 19,
} as const

/** Version of the format: that of Redis 7.0. */
export const RDB_VERSION = 10
