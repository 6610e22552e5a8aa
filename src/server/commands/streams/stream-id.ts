import { CommandError } from '../../command-error.ts'

/**
 * An unsigned integer of 64 bits: a number up to 2^53 - 1, a bigint above. Each value has one form
 * only, so that `===` and `<` compare two of them exactly.
 */
export type Word = number | bigint

/** Position of an entry of a stream. */
export interface StreamId {
  /** Milliseconds since 1970, unless the ids are chosen by the client. */
  readonly ms: Word
  /** Number of the entry within its millisecond. */
  readonly seq: Word
}

export const MAX_WORD = 2n ** 64n - 1n
export const MIN_ID: StreamId = { ms: 0, seq: 0 }
export const MAX_ID: StreamId = { ms: MAX_WORD, seq: MAX_WORD }

/** Longest text of an id, in characters. */
const MAX_ID_LENGTH = 127
/** Number of digits of which each number is exact. */
const EXACT_DIGITS = 15

const INVALID_ID = new CommandError('ERR Invalid stream ID specified as stream command argument')
const INVALID_START = new CommandError('ERR invalid start ID for the interval')
const INVALID_END = new CommandError('ERR invalid end ID for the interval')

/** Returns a negative number if `a` is before `b`, 0 if they are equal, else a positive one. */
export function compareIds(a: StreamId, b: StreamId): number {
  if (a.ms !== b.ms) return a.ms < b.ms ? -1 : 1
  if (a.seq !== b.seq) return a.seq < b.seq ? -1 : 1
  return 0
}

export function formatId(id: StreamId): string {
  return `${id.ms}-${id.seq}`
}

/** Returns the id after this one; undefined if it is the last possible one. */
export function nextId(id: StreamId): StreamId | undefined {
  if (id.seq !== MAX_WORD) return { ms: id.ms, seq: addToWord(id.seq, 1) }
  return id.ms === MAX_WORD ? undefined : { ms: addToWord(id.ms, 1), seq: 0 }
}

/** Returns the id before this one; undefined if it is the first possible one. */
export function previousId(id: StreamId): StreamId | undefined {
  if (id.seq !== 0) return { ms: id.ms, seq: addToWord(id.seq, -1) }
  return id.ms === 0 ? undefined : { ms: addToWord(id.ms, -1), seq: MAX_WORD }
}

/** Adds a small integer. The sum must be within the bounds of a word. */
export function addToWord(word: Word, summand: number): Word {
  if (typeof word === 'number' && word < Number.MAX_SAFE_INTEGER) return word + summand
  return toWord(BigInt(word) + BigInt(summand))
}

const MAX_EXACT = BigInt(Number.MAX_SAFE_INTEGER)

/** Returns the word of an integer in its one form. */
export function toWord(value: bigint): Word {
  return value <= MAX_EXACT && value >= -MAX_EXACT ? Number(value) : value
}

/**
 * Reads an id that a client sent, `5-1`, or `5` without a sequence number.
 *
 * @param missingSeq the sequence number of an id without one
 * @throws CommandError
 */
export function readId(text: string, missingSeq: Word = 0): StreamId {
  const sent = cut(text)
  const at = sent.indexOf('-')
  const ms = readWord(at < 0 ? sent : sent.slice(0, at))
  const seq = at < 0 ? missingSeq : readWord(sent.slice(at + 1))
  if (ms === undefined || seq === undefined || sent.length > MAX_ID_LENGTH) throw INVALID_ID
  return { ms, seq }
}

/** Returns the 5 of `5-*`, an id whose sequence number the server chooses; undefined for others. */
export function readOpenId(text: string): Word | undefined {
  if (!text.endsWith('-*') || text.length > MAX_ID_LENGTH) return undefined
  return readWord(text.slice(0, -2))
}

/**
 * Reads an id, or one of the bounds `-` and `+`.
 *
 * @throws CommandError
 */
export function readBound(text: string, missingSeq: Word): StreamId {
  if (text === '-') return MIN_ID
  if (text === '+') return MAX_ID
  return readId(text, missingSeq)
}

/**
 * Reads the begin of an interval: an id, `-`, or an id after `(`, which is not part of it.
 *
 * @throws CommandError
 */
export function readIntervalStart(text: string): StreamId {
  if (!isExclusive(text)) return readBound(text, 0)
  const next = nextId(readId(text.slice(1), 0))
  if (next === undefined) throw INVALID_START
  return next
}

/**
 * Reads the end of an interval, as `readIntervalStart` does.
 *
 * @throws CommandError
 */
export function readIntervalEnd(text: string): StreamId {
  if (!isExclusive(text)) return readBound(text, MAX_WORD)
  const previous = previousId(readId(text.slice(1), MAX_WORD))
  if (previous === undefined) throw INVALID_END
  return previous
}

function isExclusive(text: string): boolean {
  return text.length > 1 && text.charCodeAt(0) === 40
}

/** Redis reads ids as texts of C: up to the first zero byte. */
function cut(text: string): string {
  const end = text.indexOf('\0')
  return end < 0 ? text : text.slice(0, end)
}

/** Reads a word as `strtoull` of C does: blanks before it are skipped. */
function readWord(text: string): Word | undefined {
  const { length } = text
  if (length === 0) return undefined
  if (length > EXACT_DIGITS) return readLongWord(text)
  let value = 0
  for (let at = 0; at < length; at++) {
    const digit = text.charCodeAt(at) - 48
    if (!(digit >= 0 && digit <= 9)) return readLongWord(text)
    value = value * 10 + digit
  }
  return value
}

function readLongWord(text: string): Word | undefined {
  const [, sign, digits] = /^[\t-\r ]*([+-]?)(\d+)$/.exec(text) ?? []
  if (digits === undefined) return undefined
  const value = BigInt(digits)
  if (value > MAX_WORD) return undefined
  if (sign !== '-') return toWord(value)
  // `strtoull` reads -01 as 2^64 - 1. Redis refuses -1 before, as a negative integer of 64 bits.
  return digits.startsWith('0') || value > 2n ** 63n ? toWord(BigInt.asUintN(64, -value)) : undefined
}
