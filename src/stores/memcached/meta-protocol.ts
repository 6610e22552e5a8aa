import type { PipelinedConnection, Protocol } from '../network/pipelined-connection.ts'

/**
 * A response: its code (`VA`, `HD`, `EN`, `NS`, `EX`, `NF`), its flags, and the value of a `VA`.
 */
export interface Answer {
  readonly code: string
  readonly flags: readonly string[]
  readonly value: Buffer | undefined
}

export type Connection = PipelinedConnection<undefined, Answer>

const END_OF_LINE = Buffer.from('\r\n')
const LONGEST_LINE = 2_048
const KNOWN = new Set(['VA', 'HD', 'EN', 'NS', 'EX', 'NF', 'MN'])

/** The meta commands of memcached 1.6 (its `doc/protocol.txt`). */
export const META: Protocol<undefined, Answer> = {
  name: 'memcached',
  read(bytes) {
    const end = bytes.indexOf(END_OF_LINE)
    if (end === -1) return bytes.length > LONGEST_LINE ? notMeta('a line without end') : undefined
    const [code = '', ...flags] = bytes.toString('latin1', 0, end).split(' ')
    const length = end + END_OF_LINE.length
    // The response of a command that is refused, such as one whose value is too large.
    if (code === 'SERVER_ERROR' || code === 'CLIENT_ERROR')
      return { answer: { code: `${code} ${flags.join(' ')}`, flags: [], value: undefined }, length }
    if (!KNOWN.has(code)) return notMeta(JSON.stringify(bytes.toString('latin1', 0, Math.min(end, 60))))
    if (code !== 'VA') return { answer: { code, flags, value: undefined }, length }
    const size = Number(flags[0])
    if (!Number.isSafeInteger(size) || size < 0) return notMeta(`a value of ${flags[0]} bytes`)
    const whole = length + size + END_OF_LINE.length
    if (bytes.length < whole) return undefined
    return {
      answer: { code, flags: flags.slice(1), value: bytes.subarray(length, length + size) },
      length: whole,
    }
  },
}

function notMeta(what: string): Error {
  return new Error(`it does not speak the meta protocol (memcached 1.6 or later): ${what}`)
}
