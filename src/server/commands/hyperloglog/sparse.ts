import { REGISTERS } from './registers.ts'

/**
 * The sparse encoding of registers: runs of equal values.
 *
 * | bytes | run |
 * | --- | --- |
 * | `00xxxxxx` | x + 1 zeros, up to 64 |
 * | `01xxxxxx xxxxxxxx` | x + 1 zeros, up to 16,384 |
 * | `1vvvvvxx` | x + 1 registers, up to 4, of the value v + 1, up to 32 |
 */
export interface Run {
  /** Value of each register. */
  readonly value: number
  /** Number of registers. */
  readonly length: number
  /** Number of bytes. */
  readonly bytes: 1 | 2
}

const MAX_SHORT_ZEROS = 64
const MAX_LENGTH = 4
const MAX_VALUE = 32
/** Runs that are looked at after a change, beginning with the one before it, as in Redis. */
const MERGED_RUNS = 5

/** A sketch whose registers are all 0: one run. */
export const EMPTY_SPARSE = Uint8Array.from(encodeZeros(REGISTERS))

function runAt(bytes: Uint8Array, at: number): Run {
  const byte = bytes[at] as number
  if (byte >= 0x80) return { value: ((byte >> 2) & 31) + 1, length: (byte & 3) + 1, bytes: 1 }
  if (byte < 0x40) return { value: 0, length: byte + 1, bytes: 1 }
  return { value: 0, length: (((byte & 63) << 8) | (bytes[at + 1] ?? 0)) + 1, bytes: 2 }
}

/** Reads all runs, of damaged bytes, too. */
export function* readRuns(bytes: Uint8Array): Iterable<Run> {
  for (let at = 0; at < bytes.length; ) {
    const run = runAt(bytes, at)
    yield run
    at += run.bytes
  }
}

function encodeZeros(length: number): number[] {
  if (length === 0) return []
  return length <= MAX_SHORT_ZEROS ? [length - 1] : [0x40 | ((length - 1) >> 8), (length - 1) & 255]
}

function encodeValues(value: number, length: number): number[] {
  return length === 0 ? [] : [0x80 | ((value - 1) << 2) | (length - 1)]
}

/**
 * Raises a register. Returns the new bytes, or why there are none.
 *
 * Splits and merges runs as Redis does, so that the bytes are the same.
 *
 * @param maxBytes bytes that must not be exceeded by a split
 */
export function setSparseRegister(
  bytes: Uint8Array,
  index: number,
  value: number,
  maxBytes: number,
): Uint8Array | 'unchanged' | 'too large' | 'damaged' {
  if (value > MAX_VALUE) return 'too large'
  let at = 0
  let first = 0
  let before = 0
  let run: Run | undefined
  while (at < bytes.length) {
    run = runAt(bytes, at)
    if (index < first + run.length) break
    before = at
    first += run.length
    at += run.bytes
  }
  if (run === undefined || at + run.bytes > bytes.length) return 'damaged'
  if (run.value >= value) return 'unchanged'
  const encode = (length: number): number[] =>
    run.value === 0 ? encodeZeros(length) : encodeValues(run.value, length)
  const changed = [
    ...encode(index - first),
    ...encodeValues(value, 1),
    ...encode(first + run.length - 1 - index),
  ]
  const longer = changed.length - run.bytes
  if (longer > 0 && bytes.length + longer > maxBytes) return 'too large'
  const result = new Uint8Array(bytes.length + longer)
  result.set(bytes.subarray(0, at))
  result.set(changed, at)
  result.set(bytes.subarray(at + run.bytes), at + changed.length)
  return mergeRuns(result, before)
}

/** Merges neighbours of the same value, from a run on. */
function mergeRuns(bytes: Uint8Array, from: number): Uint8Array {
  let end = bytes.length
  let at = from
  for (let left = MERGED_RUNS; left > 0 && at < end; left--) {
    const run = runAt(bytes, at)
    const next = run.value > 0 && at + 1 < end ? runAt(bytes, at + 1) : undefined
    const length = run.length + (next?.length ?? 0)
    if (next?.value === run.value && length <= MAX_LENGTH) {
      bytes.copyWithin(at, at + 1, end)
      end--
      bytes[at] = encodeValues(run.value, length)[0] as number
    } else at += run.bytes
  }
  return bytes.subarray(0, end)
}
