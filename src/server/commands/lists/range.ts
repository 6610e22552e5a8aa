import { bulk, EMPTY_ARRAY, OK } from '../../protocol/reply.ts'
import { indexArgument } from '../arguments/integer-arguments.ts'
import type { Handler } from '../command.ts'
import { List } from './list.ts'

export const lrange: Handler = ({ database }, args) => {
  const start = indexArgument(args[2] as string)
  const stop = indexArgument(args[3] as string)
  const list = database.readOf(args[1] as string, List)
  if (list === undefined) return EMPTY_ARRAY
  const begin = beginOf(list, start)
  const end = endOf(list, stop)
  if (begin >= end) return EMPTY_ARRAY
  let out = `*${end - begin}\r\n`
  for (let index = begin; index < end; index++) {
    const item = list.at(index)
    out += bulk(item)
  }
  return out
}

export const ltrim: Handler = ({ database }, args) => {
  const key = args[1] as string
  const start = indexArgument(args[2] as string)
  const stop = indexArgument(args[3] as string)
  const list = database.findOf(key, List)
  if (list === undefined) return OK
  const begin = beginOf(list, start)
  const end = endOf(list, stop)
  if (begin >= end) list.drop('left', list.size)
  else {
    list.drop('right', list.size - end)
    list.drop('left', begin)
  }
  // Redis notifies if nothing was removed, too.
  database.changed(key, 'l', 'ltrim')
  database.deleteIfEmpty(key, list)
  return OK
}

/** Index of the first item of a range: negative ones count from the end. */
function beginOf({ size }: List, start: number): number {
  return start < 0 ? Math.max(0, size + start) : start
}

/** Index behind the last item of a range. */
function endOf({ size }: List, stop: number): number {
  return Math.min(size, (stop < 0 ? size + stop : stop) + 1)
}
