import { OptionError } from '../errors.ts'
import { type Duration, toMilliseconds } from '../options/duration.ts'
import { readCount } from '../options/read-option.ts'
import { show } from '../options/show.ts'
import { refuseUnknownOptions } from '../options/unknown-option.ts'
import { lastIdOf, readId, StreamId, type StreamIdLike } from './stream-id.ts'

/** Names that users of other clients write. */
const HINTS = {
  maxLen: 'maxlen',
  MAXLEN: 'maxlen',
  minId: 'minid',
  MINID: 'minid',
  mkstream: 'noMkStream',
  nomkstream: 'noMkStream',
  NOMKSTREAM: 'noMkStream',
  start: 'from',
  stop: 'to',
  end: 'to',
  lastId: 'after',
  COUNT: 'count',
  limit: 'count',
  timeout: 'block',
  BLOCK: 'block',
  minIdleTime: 'minIdle',
  noack: 'noAck',
  NOACK: 'noAck',
}

/** @throws OptionError */
export function checkOptions(owner: string, options: unknown, names: readonly string[]): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    throw new OptionError(`${owner} takes an object of options; got ${show(options)}`)
  refuseUnknownOptions(owner, options, names, HINTS)
  const { signal } = options as { signal?: unknown }
  if (signal !== undefined && !(signal instanceof AbortSignal))
    throw new OptionError(`${owner}: signal must be an AbortSignal; got ${show(signal)}`)
}

/** @throws OptionError */
export function checkName(what: string, name: unknown): string {
  if (typeof name === 'string' && name !== '') return name
  throw new OptionError(`${what} must be a string that is not empty; got ${show(name)}`)
}

/** Returns the arguments that limit a reply. @throws OptionError */
export function countArguments(count: number | undefined): string[] {
  return count === undefined || readCount('count', count, 1) === Infinity ? [] : ['COUNT', String(count)]
}

/** How long a read waits for a message; false: not at all. */
export type Block = Duration | 'forever' | false

/**
 * Returns ms, Infinity, or undefined for a read that does not wait.
 *
 * @throws OptionError, DurationError
 */
export function readBlock(block: unknown): number | undefined {
  if (block === undefined || block === false) return undefined
  if (block === 'forever' || block === Infinity) return Infinity
  return toMilliseconds(block, "The option block (a duration, 'forever' or false)")
}

/** @throws OptionError, DurationError */
export function readIdle(option: string, idle: unknown): number {
  return idle === 0 ? 0 : toMilliseconds(idle, `The option ${option}`)
}

/** A range of a stream. Of each pair of bounds one may be given. */
export interface RangeOptions {
  /** First id, or first time. @defaultValue the begin of the stream */
  readonly from?: StreamIdLike | undefined
  /** Last id, or last time: all messages of its millisecond. @defaultValue the end of the stream */
  readonly to?: StreamIdLike | undefined
  /**
   * Begins after this id, or after all messages of this millisecond.
   * @defaultValue none
   */
  readonly after?: StreamIdLike | undefined
  /**
   * Ends before this id, or before all messages of this millisecond.
   * @defaultValue none
   */
  readonly before?: StreamIdLike | undefined
  /** Most messages. @defaultValue all */
  readonly count?: number | undefined
}

export const RANGE_OPTIONS = ['from', 'to', 'after', 'before', 'count'] as const

/** Returns the first and the last id of a range as arguments of XRANGE. @throws OptionError */
export function rangeArguments(owner: string, options: RangeOptions): [from: string, to: string] {
  checkOptions(owner, options, RANGE_OPTIONS)
  const { from, to, after, before } = options
  if (from !== undefined && after !== undefined)
    throw new OptionError(`${owner} takes from or after, not both`)
  if (to !== undefined && before !== undefined) throw new OptionError(`${owner} takes to or before, not both`)
  return [
    after !== undefined
      ? `(${lastIdOf(after)}`
      : from === undefined || from === '-'
        ? '-'
        : String(readId(from, 0n)),
    before !== undefined
      ? `(${readId(before, 0n)}`
      : to === undefined || to === '+'
        ? '+'
        : String(readId(to, StreamId.MAX.sequence)),
  ]
}

/** Where a read begins. One of the two may be given. */
export interface StartOptions {
  /**
   * Reads messages after this id, or after this millisecond; `'$'`: those added from now on.
   * @defaultValue none: all messages
   */
  readonly after?: StreamIdLike | '$' | undefined
  /**
   * Reads messages from this id or this time on.
   * @defaultValue none: all messages
   */
  readonly from?: StreamIdLike | undefined
}

/** Returns the id after which a read begins, or `$`. @throws OptionError */
export function startOf(owner: string, options: StartOptions): string {
  const { after, from } = options
  if (after !== undefined && from !== undefined)
    throw new OptionError(`${owner} takes from or after, not both`)
  if (after === '$') return '$'
  if (after !== undefined) return String(lastIdOf(after))
  return from === undefined ? '0-0' : idBefore(from)
}

/** Returns the id after which a message with this id, or of this time, comes. */
export function idBefore(id: StreamIdLike): string {
  return String(readId(id, 0n).previous() ?? StreamId.MIN)
}

/** Most arguments of a command that takes any number of ids. */
const IDS_AT_ONCE = 1_000

/** Returns ids as arguments of commands, in chunks. @throws OptionError */
export function idChunks(ids: readonly (StreamIdLike | readonly StreamIdLike[])[]): string[][] {
  const all = (ids.flat() as StreamIdLike[]).map((id) => String(StreamId.from(id)))
  const chunks: string[][] = []
  for (let i = 0; i < all.length; i += IDS_AT_ONCE) chunks.push(all.slice(i, i + IDS_AT_ONCE))
  return chunks
}
