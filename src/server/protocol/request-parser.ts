import { readInteger } from '../data/numbers.ts'
import { MAX_STRING_LENGTH } from '../data/string-length.ts'
import { latin1 } from './latin1.ts'
import { TextCache } from './text-cache.ts'

/** Longest inline request, and longest line of a length, in bytes. */
const MAX_INLINE = 64 * 1024
const MAX_ARGUMENTS = 2_147_483_647
/** Estimated memory of an argument besides its characters, in bytes. */
const ARGUMENT_OVERHEAD = 32

const CR = 13
const LF = 10
const STAR = 42
const DOLLAR = 36
const EMPTY = Buffer.alloc(0)
/** Shared by all connections: they send the same names. */
const TEXTS = new TextCache()

/** A request that cannot be parsed. Redis answers it, and closes the connection. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError'
}

/**
 * Parses requests of RESP, and inline ones, from chunks that may end at any byte. Arguments are
 * latin1 strings, one character for each byte.
 *
 * Chunks are joined only when all bytes of the next argument are there, so that an argument of
 * 100 MB costs linear time.
 */
export class RequestParser {
  /** Until a client is authenticated, its requests are limited to 10 arguments of 16 KB. */
  authenticated: boolean
  #buffer: Buffer = EMPTY
  /** The first byte of the buffer that is not parsed. */
  #at = 0
  /** Chunks that follow the buffer. */
  #chunks: Buffer[] = []
  /** Bytes of the chunks. */
  #waiting = 0
  /** Bytes of the buffer and the chunks without which nothing can be parsed. */
  #needed = 0
  /** Arguments of the request under way. */
  #args: string[] = []
  /** Arguments whose memory was counted, and their memory, in bytes. */
  #counted = 0
  #argumentBytes = 0
  /** Arguments that the request under way still lacks. */
  #left = 0
  /** Length of the argument under way; -1 if its length was not read yet. */
  #length = -1

  constructor(authenticated: boolean) {
    this.authenticated = authenticated
  }

  /** Bytes that were received and not parsed yet. */
  get pending(): number {
    return this.#buffer.length - this.#at + this.#waiting
  }

  /** Estimated memory of what was received and is no whole request yet, in bytes. */
  get held(): number {
    const { length } = this.#args
    for (; this.#counted < length; this.#counted++)
      this.#argumentBytes += (this.#args[this.#counted] as string).length + ARGUMENT_OVERHEAD
    return this.pending + this.#argumentBytes
  }

  push(chunk: Buffer): void {
    if (this.#at === this.#buffer.length) {
      this.#buffer = chunk
      this.#at = 0
      return
    }
    this.#chunks.push(chunk)
    this.#waiting += chunk.length
  }

  /**
   * Returns the next request, undefined if more bytes are needed.
   *
   * @throws ProtocolError
   */
  next(): string[] | undefined {
    for (;;) {
      if (this.#waiting > 0 && !this.#join()) return undefined
      if (this.#left > 0) {
        if (!this.#readArguments()) return undefined
        const args = this.#args
        this.#args = []
        this.#counted = 0
        this.#argumentBytes = 0
        return args
      }
      if (this.#at >= this.#buffer.length) return undefined
      if (this.#buffer[this.#at] === STAR) {
        if (!this.#readCount()) return undefined
      } else {
        const args = this.#readInline()
        if (args === undefined) return undefined
        if (args.length > 0) return args
      }
    }
  }

  /** Joins buffer and chunks, unless more bytes are known to be needed. */
  #join(): boolean {
    const rest = this.#buffer.length - this.#at
    if (rest + this.#waiting < this.#needed) return false
    this.#buffer = Buffer.concat([this.#buffer.subarray(this.#at), ...this.#chunks], rest + this.#waiting)
    this.#at = 0
    this.#chunks = []
    this.#waiting = 0
    this.#needed = 0
    return true
  }

  #readCount(): boolean {
    let count: number | undefined = this.#readDigits()
    if (count < 0) {
      const line = this.#readLine('too big mbulk count string')
      if (line === undefined) return false
      count = readInteger(line)
      if (count === undefined || count > MAX_ARGUMENTS) throw new ProtocolError('invalid multibulk length')
    }
    if (count > 10 && !this.authenticated) throw new ProtocolError('unauthenticated multibulk length')
    this.#left = Math.max(0, count)
    return true
  }

  #readArguments(): boolean {
    const buffer = this.#buffer
    while (this.#left > 0) {
      if (this.#length < 0) {
        if (this.#at >= buffer.length) return false
        if (buffer[this.#at] !== DOLLAR) {
          // An end of line is cut here, as in Redis, so that the answer stays one line.
          const got = String.fromCharCode(buffer[this.#at] as number)
          throw new ProtocolError(`expected '$', got '${got}'`)
        }
        const length = this.#readLength()
        if (length === undefined) return false
        this.#length = length
      }
      const end = this.#at + this.#length
      if (end + 2 > buffer.length) {
        this.#needed = this.#length + 2
        return false
      }
      this.#args.push(TEXTS.read(buffer, this.#at, end))
      // What follows may be shorter.
      this.#needed = 0
      this.#at = end + 2
      this.#length = -1
      this.#left--
    }
    return true
  }

  #readLength(): number | undefined {
    let length = this.#readDigits()
    if (length < 0) {
      const line = this.#readLine('too big bulk count string')
      if (line === undefined) return undefined
      const read = readInteger(line)
      if (read === undefined || read < 0 || read > MAX_STRING_LENGTH)
        throw new ProtocolError('invalid bulk length')
      length = read
    }
    if (length > 16_384 && !this.authenticated) throw new ProtocolError('unauthenticated bulk length')
    return length
  }

  /**
   * Reads a line of some digits, as nearly all are, without making a string of it. Returns -1 for
   * any other line, which is not read then.
   */
  #readDigits(): number {
    const buffer = this.#buffer
    const begin = this.#at + 1
    let at = begin
    let value = 0
    while (at < buffer.length && at < begin + 7) {
      const digit = (buffer[at] as number) - 48
      if (digit < 0 || digit > 9) break
      value = value * 10 + digit
      at++
    }
    const isUsual = at > begin && (at === begin + 1 || buffer[begin] !== 48)
    if (!isUsual || buffer[at] !== CR || at + 1 >= buffer.length) return -1
    this.#at = at + 2
    return value
  }

  /** Returns a line without its first byte and its end. */
  #readLine(tooLong: string): string | undefined {
    const buffer = this.#buffer
    const end = buffer.indexOf(CR, this.#at)
    if (end < 0) {
      if (buffer.length - this.#at > MAX_INLINE) throw new ProtocolError(tooLong)
      return undefined
    }
    if (end + 1 >= buffer.length) return undefined
    const line = latin1(buffer, this.#at + 1, end)
    this.#at = end + 2
    return line
  }

  #readInline(): string[] | undefined {
    const buffer = this.#buffer
    const end = buffer.indexOf(LF, this.#at)
    if (end < 0) {
      if (buffer.length - this.#at > MAX_INLINE) throw new ProtocolError('too big inline request')
      return undefined
    }
    const last = end > this.#at && buffer[end - 1] === CR ? end - 1 : end
    const args = splitArguments(latin1(buffer, this.#at, last))
    if (args === undefined) throw new ProtocolError('unbalanced quotes in request')
    this.#at = end + 1
    return args
  }
}

const ESCAPES: Record<string, string> = { n: '\n', r: '\r', t: '\t', b: '\b', a: '\x07' }

/**
 * Splits a line at blanks. Arguments may be in quotes: `"` with escapes, `'` with `\'` only.
 * Returns undefined if a quote is not closed, or is followed by anything but a blank.
 *
 * Source: `sdssplitargs` of Redis.
 */
export function splitArguments(line: string): string[] | undefined {
  const args: string[] = []
  let at = 0
  for (;;) {
    while (at < line.length && isBlank(line, at)) at++
    if (at >= line.length) return args
    let arg = ''
    while (at < line.length && !isBlank(line, at)) {
      const quote = line[at]
      if (quote !== '"' && quote !== "'") {
        arg += quote
        at++
        continue
      }
      at++
      for (;;) {
        if (at >= line.length) return undefined
        const char = line[at] as string
        if (char === quote) break
        if (char === '\\' && quote === '"' && at + 1 < line.length) {
          const hex = line.slice(at + 1, at + 4)
          if (/^x[0-9a-f]{2}$/i.test(hex)) {
            arg += String.fromCharCode(Number.parseInt(hex.slice(1), 16))
            at += 4
          } else {
            const escaped = line[at + 1] as string
            arg += ESCAPES[escaped] ?? escaped
            at += 2
          }
        } else if (char === '\\' && quote === "'" && line[at + 1] === "'") {
          arg += "'"
          at += 2
        } else {
          arg += char
          at++
        }
      }
      at++
      if (at < line.length && !isBlank(line, at)) return undefined
      break
    }
    args.push(arg)
  }
}

function isBlank(line: string, at: number): boolean {
  const code = line.charCodeAt(at)
  return code === 32 || (code >= 9 && code <= 13) || code === 0
}
