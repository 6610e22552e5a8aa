import { SYNTAX_ERROR } from '../../command-error.ts'
import { EMPTY_ARRAY, integer, ZERO } from '../../protocol/reply.ts'
import { indexArgument } from '../arguments/integer-arguments.ts'
import type { Handler } from '../command.ts'
import { rangeReply, reverseRangeReply } from './entry-reply.ts'
import { Stream } from './stream.ts'
import { readIntervalEnd, readIntervalStart } from './stream-id.ts'

/** XLEN key */
export const xlen: Handler = ({ database }, args) => {
  const stream = database.readOf(args[1] as string, Stream)
  return stream ? integer(stream.size) : ZERO
}

/** XRANGE key start end [COUNT count] */
export const xrange: Handler = ({ database, form }, args) => {
  const start = readIntervalStart(args[2] as string)
  const end = readIntervalEnd(args[3] as string)
  const count = readCount(args)
  const stream = database.readOf(args[1] as string, Stream)
  if (!stream) return EMPTY_ARRAY
  return count === 0 ? form.nilArray : rangeReply(stream, start, end, count ?? 0)
}

/** XREVRANGE key end start [COUNT count] */
export const xrevrange: Handler = ({ database, form }, args) => {
  const start = readIntervalStart(args[3] as string)
  const end = readIntervalEnd(args[2] as string)
  const count = readCount(args)
  const stream = database.readOf(args[1] as string, Stream)
  if (!stream) return EMPTY_ARRAY
  return count === 0 ? form.nilArray : reverseRangeReply(stream, end, start, count ?? 0)
}

/** Reads COUNT, undefined without one. The last one counts. */
function readCount(args: readonly string[]): number | undefined {
  let count: number | undefined
  for (let n = 4; n < args.length; n += 2) {
    if ((args[n] as string).toLowerCase() !== 'count' || n + 1 >= args.length) throw SYNTAX_ERROR
    count = Math.max(0, indexArgument(args[n + 1] as string))
  }
  return count
}
