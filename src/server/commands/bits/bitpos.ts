import { CommandError, SYNTAX_ERROR } from '../../command-error.ts'
import { integer } from '../../protocol/reply.ts'
import { indexArgument } from '../arguments/integer-arguments.ts'
import type { Handler } from '../command.ts'
import { type BitRange, bitRange, unitArgument } from './bit-range.ts'

/** Answers the first bit that is 0 or 1. */
export const bitpos: Handler = ({ database }, args) => {
  const bit = indexArgument(args[2] as string)
  if (bit !== 0 && bit !== 1) throw new CommandError('ERR The bit argument must be 1 or 0.')
  const value = database.readString(args[1] as string)
  // Redis reads no further argument then.
  if (value === undefined) return integer(bit === 1 ? -1 : 0)
  const range = rangeArguments(value, args)
  if (range.first > range.last) return integer(-1)
  const position = findBit(value, bit, range)
  // A string without an end that was asked for goes on with zeros.
  if (position < 0 && bit === 0 && args.length < 5) return integer(value.length * 8)
  return integer(position)
}

function rangeArguments(value: string, args: readonly string[]): BitRange {
  if (args.length > 6) throw SYNTAX_ERROR
  const start = indexArgument(args[3] ?? '0')
  const unit = unitArgument(args[5] ?? 'BYTE')
  return bitRange(value, start, indexArgument(args[4] ?? '-1'), unit)
}

/** Returns -1 if there is no such bit. */
function findBit(value: string, bit: 0 | 1, { first, last }: BitRange): number {
  const without = bit === 1 ? 0 : 255
  for (let at = first; at <= last; ) {
    const byte = value.charCodeAt(Math.floor(at / 8))
    if (byte === without) at += 8 - (at % 8)
    else if (((byte >> (7 - (at % 8))) & 1) === bit) return at
    else at++
  }
  return -1
}
