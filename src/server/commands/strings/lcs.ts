import { CommandError, SYNTAX_ERROR } from '../../command-error.ts'
import type { Value } from '../../data/entry.ts'
import { MAX_STRING_LENGTH } from '../../data/string-length.ts'
import { arrayHeader, bulk, integer } from '../../protocol/reply.ts'
import type { Session } from '../../session.ts'
import { indexArgument } from '../arguments/integer-arguments.ts'
import type { Handler } from '../command.ts'

interface LcsOptions {
  length: boolean
  ranges: boolean
  /** Adds its length to each range. */
  rangeLengths: boolean
  minLength: number
}

/** A common part: where it begins in both strings. */
interface Match {
  readonly a: number
  readonly b: number
  readonly length: number
}

/** Answers the longest common subsequence of two strings, its length, or its parts. */
export const lcs: Handler = (session, args) => {
  const { database } = session
  // As in Redis both keys are looked up before a type is refused.
  const values = [database.read(args[1] as string), database.read(args[2] as string)]
  const [a = '', b = ''] = values.map((value) => stringOf(value))
  const options = lcsOptions(args)
  const lengths = commonLengths(a, b)
  const length = lengths.at(-1) ?? 0
  if (options.ranges) return rangesReply(session, commonParts(a, b, lengths), length, options)
  if (options.length) return integer(length)
  let common = ''
  for (const part of commonParts(a, b, lengths)) common = a.slice(part.a, part.a + part.length) + common
  return bulk(common)
}

function stringOf(value: Value = ''): string {
  if (typeof value === 'string') return value
  throw new CommandError('ERR The specified keys must contain string values')
}

function lcsOptions(args: readonly string[]): LcsOptions {
  const options: LcsOptions = { length: false, ranges: false, rangeLengths: false, minLength: 0 }
  for (let at = 3; at < args.length; at++) {
    const name = (args[at] as string).toUpperCase()
    if (name === 'LEN') options.length = true
    else if (name === 'IDX') options.ranges = true
    else if (name === 'WITHMATCHLEN') options.rangeLengths = true
    else if (name === 'MINMATCHLEN' && at + 1 < args.length)
      options.minLength = indexArgument(args[++at] as string)
    else throw SYNTAX_ERROR
  }
  if (options.length && options.ranges)
    throw new CommandError('ERR If you want both the length and indexes, please just use IDX.')
  return options
}

/**
 * Returns the length of the longest common subsequence of each begin of `a` with each begin of
 * `b`: rows of `b.length + 1` lengths.
 */
function commonLengths(a: string, b: string): Uint32Array {
  const row = b.length + 1
  const size = (a.length + 1) * row
  if (size * Uint32Array.BYTES_PER_ELEMENT > MAX_STRING_LENGTH)
    throw new CommandError('ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len')
  const lengths = new Uint32Array(size)
  for (let i = 1; i <= a.length; i++) {
    const char = a.charCodeAt(i - 1)
    for (let j = 1; j <= b.length; j++) {
      const at = i * row + j
      lengths[at] =
        char === b.charCodeAt(j - 1)
          ? (lengths[at - row - 1] as number) + 1
          : Math.max(lengths[at - row] as number, lengths[at - 1] as number)
    }
  }
  return lengths
}

/** Returns the parts of the longest common subsequence from last to first, as Redis does. */
function commonParts(a: string, b: string, lengths: Uint32Array): Match[] {
  const row = b.length + 1
  const parts: Match[] = []
  let i = a.length
  let j = b.length
  while (i > 0 && j > 0) {
    let length = 0
    while (i > 0 && j > 0 && a.charCodeAt(i - 1) === b.charCodeAt(j - 1)) {
      i--
      j--
      length++
    }
    if (length > 0) parts.push({ a: i, b: j, length })
    else if ((lengths[(i - 1) * row + j] as number) > (lengths[i * row + j - 1] as number)) i--
    else j--
  }
  return parts
}

function rangesReply({ form }: Session, parts: Match[], length: number, options: LcsOptions): string {
  const { minLength, rangeLengths } = options
  let count = 0
  let matches = ''
  for (const part of parts) {
    if (part.length < minLength) continue
    count++
    matches += arrayHeader(rangeLengths ? 3 : 2) + range(part.a, part.length) + range(part.b, part.length)
    if (rangeLengths) matches += integer(part.length)
  }
  return form.mapHeader(2) + bulk('matches') + arrayHeader(count) + matches + bulk('len') + integer(length)
}

function range(begin: number, length: number): string {
  return `*2\r\n:${begin}\r\n:${begin + length - 1}\r\n`
}
