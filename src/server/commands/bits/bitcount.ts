import { SYNTAX_ERROR } from '../../command-error.ts'
import { integer, ZERO } from '../../protocol/reply.ts'
import { indexArgument } from '../arguments/integer-arguments.ts'
import type { Handler } from '../command.ts'
import { type BitRange, bitRange, unitArgument } from './bit-range.ts'

/** Bits of each byte that are 1. */
const ONES = Uint8Array.from({ length: 256 }, (_, byte) => {
  let ones = 0
  for (let rest = byte; rest > 0; rest >>= 1) ones += rest & 1
  return ones
})

export const bitcount: Handler = ({ database }, args) => {
  const value = database.readString(args[1] as string)
  // Redis reads no further argument then.
  if (value === undefined) return ZERO
  if (args.length === 2) return integer(countBits(value, bitRange(value, 0, -1, 8)))
  if (args.length !== 4 && args.length !== 5) throw SYNTAX_ERROR
  const start = indexArgument(args[2] as string)
  const end = indexArgument(args[3] as string)
  if (start < 0 && end < 0 && start > end) return ZERO
  return integer(countBits(value, bitRange(value, start, end, unitArgument(args[4] ?? 'BYTE'))))
}

function countBits(value: string, { first, last }: BitRange): number {
  if (first > last) return 0
  const firstByte = Math.floor(first / 8)
  const lastByte = Math.floor(last / 8)
  let count = 0
  for (let at = firstByte; at <= lastByte; at++) count += ONES[value.charCodeAt(at)] as number
  const before = value.charCodeAt(firstByte) & (0xff00 >> (first % 8)) & 0xff
  const behind = value.charCodeAt(lastByte) & (0x7f >> (last % 8))
  return count - (ONES[before] as number) - (ONES[behind] as number)
}
