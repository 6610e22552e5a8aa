import { OptionError } from '../errors.ts'
import { show } from '../options/show.ts'

/** Largest value of either number of an id: both are unsigned 64 bit integers. */
const MAX = 2n ** 64n - 1n
/** Largest time that a Date can hold, in ms since 1970. */
const MAX_DATE = 8_640_000_000_000_000n
const TEXT = /^(\d{1,20})(?:-(\d{1,20}))?$/

/** A time, with the number of the message within its millisecond. Messages fit. */
export interface StreamTime {
  /** A time, to the millisecond. */
  readonly date: Date
  /**
   * Number of the message within its millisecond.
   * @defaultValue 0
   */
  readonly sequence?: number | bigint | undefined
}

/**
 * The id of a message: `'1526919030474-55'`; without its sequence, as Redis completes it; a time;
 * or a message.
 */
export type StreamIdLike = string | Date | StreamTime | StreamId

/**
 * The id of a message: its time, and its number within this millisecond. Both are unsigned 64 bit
 * integers, so they are bigints.
 *
 * @example
 * ```ts
 * const id = StreamId.from('1526919030474-55')
 * id.date // 2018-05-21T14:10:30.474Z
 * String(StreamId.from({ date: id.date, sequence: 56 })) // '1526919030474-56'
 * ```
 */
export class StreamId {
  /** The smallest id, `0-0`. */
  static readonly MIN: StreamId = new StreamId(0n, 0n)
  /** The largest id. */
  static readonly MAX: StreamId = new StreamId(MAX, MAX)

  /** Milliseconds since 1970. */
  readonly milliseconds: bigint
  /** Number of the message within its millisecond. */
  readonly sequence: bigint

  constructor(milliseconds: bigint, sequence: bigint) {
    checkPart('milliseconds', milliseconds)
    checkPart('sequence', sequence)
    this.milliseconds = milliseconds
    this.sequence = sequence
  }

  /**
   * Converts an id. A missing sequence is 0.
   *
   * @throws OptionError where it is no id
   */
  static from(id: StreamIdLike): StreamId {
    return readId(id, 0n)
  }

  /**
   * Compares two ids as pairs of numbers, for `sort`: as text `…-10` would be before `…-2`.
   *
   * @returns a number below, equal to or above 0
   */
  static compare(this: void, one: StreamIdLike, other: StreamIdLike): number {
    const a = StreamId.from(one)
    const b = StreamId.from(other)
    return compareNumbers(a.milliseconds, b.milliseconds) || compareNumbers(a.sequence, b.sequence)
  }

  /** The time of the id. An invalid Date if it is after the year 275,760. */
  get date(): Date {
    return new Date(this.milliseconds > MAX_DATE ? Number.NaN : Number(this.milliseconds))
  }

  /** Returns the id after this one; undefined for the last possible id. */
  next(): StreamId | undefined {
    if (this.sequence < MAX) return new StreamId(this.milliseconds, this.sequence + 1n)
    return this.milliseconds < MAX ? new StreamId(this.milliseconds + 1n, 0n) : undefined
  }

  /** Returns the id before this one; undefined for `0-0`. */
  previous(): StreamId | undefined {
    if (this.sequence > 0n) return new StreamId(this.milliseconds, this.sequence - 1n)
    return this.milliseconds > 0n ? new StreamId(this.milliseconds - 1n, MAX) : undefined
  }

  /** Returns the id as Redis writes it. */
  toString(): string {
    return `${this.milliseconds}-${this.sequence}`
  }

  /** Returns the id as Redis writes it, for JSON.stringify. */
  toJSON(): string {
    return this.toString()
  }
}

/**
 * Compares two ids of replies. Redis writes them without leading zeros, so the longer number is the
 * larger one.
 */
export function compareIds(one: string, other: string): number {
  const a = one.indexOf('-')
  const b = other.indexOf('-')
  return (
    compareDigits(one.slice(0, a), other.slice(0, b)) || compareDigits(one.slice(a + 1), other.slice(b + 1))
  )
}

/** Sorts messages of several streams by their ids as numbers. Those of one id keep their order. */
export function inTimeOrder<T extends { readonly id: string }>(messages: T[]): T[] {
  return messages.sort((one, other) => compareIds(one.id, other.id))
}

function compareDigits(one: string, other: string): number {
  return one.length - other.length || (one < other ? -1 : Number(one > other))
}

function compareNumbers(one: bigint, other: bigint): number {
  return one < other ? -1 : Number(one > other)
}

/** @param missing the sequence of an id that has none */
export function readId(id: StreamIdLike, missing: bigint): StreamId {
  if (id instanceof StreamId) return id
  if (typeof id === 'string') return readText(id, missing)
  if (id instanceof Date) return new StreamId(millisecondsOf(id), missing)
  if (typeof id === 'object' && id !== null) {
    // Of a message, whose time may be too large for a Date.
    if ('id' in id && typeof id.id === 'string') return readText(id.id, missing)
    if (id.date instanceof Date) return new StreamId(millisecondsOf(id.date), sequenceOf(id.sequence))
  }
  return refuse(id)
}

/** Last id of the millisecond of a Date; otherwise the id itself. */
export function lastIdOf(id: StreamIdLike): StreamId {
  return readId(id, id instanceof Date ? MAX : 0n)
}

function readText(text: string, missing: bigint): StreamId {
  const [, milliseconds, sequence] = TEXT.exec(text) ?? refuse(text)
  return new StreamId(BigInt(milliseconds as string), sequence === undefined ? missing : BigInt(sequence))
}

function millisecondsOf(date: Date): bigint {
  const time = date.getTime()
  if (time >= 0) return BigInt(time)
  throw new OptionError(
    Number.isNaN(time)
      ? 'The id of a message is an invalid Date'
      : `The id of a message must not be before 1970; got ${date.toISOString()}`,
  )
}

function sequenceOf(sequence: unknown = 0): bigint {
  if (typeof sequence === 'bigint') return sequence
  if (typeof sequence === 'number' && Number.isSafeInteger(sequence)) return BigInt(sequence)
  throw new OptionError(`The sequence of an id must be a whole number; got ${show(sequence)}`)
}

function checkPart(name: string, value: bigint): void {
  if (typeof value === 'bigint' && value >= 0n && value <= MAX) return
  throw new OptionError(`The ${name} of an id must be a bigint from 0 to ${MAX}; got ${show(value)}`)
}

function refuse(id: unknown): never {
  throw new OptionError(
    `The id of a message must be a string such as '1526919030474-55', a Date, { date, sequence } or a message; got ${show(id)}`,
  )
}
