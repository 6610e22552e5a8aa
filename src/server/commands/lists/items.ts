import { NO_SUCH_KEY, OUT_OF_RANGE, SYNTAX_ERROR } from '../../command-error.ts'
import { bulk, integer, OK, ZERO } from '../../protocol/reply.ts'
import { indexArgument } from '../arguments/integer-arguments.ts'
import type { Handler } from '../command.ts'
import { List } from './list.ts'

export const llen: Handler = ({ database }, args) =>
  integer(database.readOf(args[1] as string, List)?.size ?? 0)

export const lindex: Handler = ({ database, form }, args) => {
  const list = database.readOf(args[1] as string, List)
  if (list === undefined) return form.nil
  const index = placeOf(list, args[2] as string)
  return index === undefined ? form.nil : bulk(list.at(index))
}

export const lset: Handler = ({ database }, args) => {
  const key = args[1] as string
  const list = database.findOf(key, List)
  if (list === undefined) throw NO_SUCH_KEY
  const index = placeOf(list, args[2] as string)
  if (index === undefined) throw OUT_OF_RANGE
  list.set(index, args[3] as string)
  database.changed(key, 'l', 'lset')
  return OK
}

/** Reads an index; negative ones count from the end. Undefined if there is no such item. */
function placeOf(list: List, text: string): number | undefined {
  const index = indexArgument(text)
  const place = index < 0 ? list.size + index : index
  return place >= 0 && place < list.size ? place : undefined
}

export const linsert: Handler = ({ database }, args) => {
  const key = args[1] as string
  const where = (args[2] as string).toLowerCase()
  if (where !== 'before' && where !== 'after') throw SYNTAX_ERROR
  const list = database.findOf(key, List)
  if (list === undefined) return ZERO
  const pivot = args[3] as string
  let index = 0
  while (index < list.size && list.at(index) !== pivot) index++
  if (index === list.size) return integer(-1)
  list.insert(where === 'before' ? index : index + 1, args[4] as string)
  database.changed(key, 'l', 'linsert')
  return integer(list.size)
}

export const lrem: Handler = ({ database }, args) => {
  const key = args[1] as string
  const count = indexArgument(args[2] as string)
  const list = database.findOf(key, List)
  if (list === undefined) return ZERO
  const most = count === 0 ? Number.POSITIVE_INFINITY : Math.abs(count)
  const removed = list.remove(args[3] as string, count < 0 ? 'right' : 'left', most)
  if (removed > 0) {
    database.changed(key, 'l', 'lrem')
    database.deleteIfEmpty(key, list)
  }
  return integer(removed)
}
