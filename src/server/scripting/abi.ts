/**
 * Types of values between the engine and its host: a byte, then 32 bits of a length or count, then
 * the value.
 *
 * Source: `docs/abi.md` of lua-redis-wasm.
 */
export const ABI = {
  NULL: 0,
  INTEGER: 1,
  BULK: 2,
  ARRAY: 3,
  STATUS: 4,
  ERROR: 5,
  /** An error that ended a chunk of Lua. */
  FAILURE: 6,
  BOOLEAN: 7,
  DOUBLE: 8,
  MAP: 9,
  SET: 10,
  BIG_NUMBER: 11,
  VERBATIM: 12,
} as const

/**
 * A status that stands for an absent value: nil in a reply of RESP3, and a value in a table that
 * has no reply, such as a function.
 */
export const NIL = '\0nil'

/** Type and length of a value, in bytes. */
export const HEADER = 5
