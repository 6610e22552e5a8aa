import { CommandError, SYNTAX_ERROR } from '../../command-error.ts'
import type { Database } from '../../data/database.ts'
import { bulk, EMPTY_ARRAY } from '../../protocol/reply.ts'
import type { Session } from '../../session.ts'
import { countArgument } from '../arguments/count-argument.ts'
import { NO_KEYS } from '../arguments/no-keys.ts'
import type { Handler } from '../command.ts'
import { endArgument, POP_EVENTS } from './ends.ts'
import { type End, List } from './list.ts'

const MUST_BE_POSITIVE = new CommandError('ERR value is out of range, must be positive')
const NO_COUNT = new CommandError('ERR count should be greater than 0')

export const lpop: Handler = (session, args) => pop(session, args, 'left')
export const rpop: Handler = (session, args) => pop(session, args, 'right')

function pop({ database, form }: Session, args: readonly string[], end: End): string {
  const key = args[1] as string
  if (args.length === 2) {
    const list = database.findOf(key, List)
    return list === undefined ? form.nil : bulk(popItem(database, key, list, end))
  }
  if (args.length > 3)
    throw new CommandError(`ERR wrong number of arguments for '${end === 'left' ? 'lpop' : 'rpop'}' command`)
  const count = countArgument(args[2] as string, 0, MUST_BE_POSITIVE)
  const list = database.findOf(key, List)
  if (list === undefined) return form.nilArray
  return count === 0 ? EMPTY_ARRAY : popItems(database, key, list, end, count)
}

/** Pops one item. */
export function popItem(database: Database, key: string, list: List, end: End): string {
  const item = list.pop(end) as string
  database.changed(key, 'l', POP_EVENTS[end])
  database.deleteIfEmpty(key, list)
  return item
}

/** Pops items. Returns an array of them, encoded. */
export function popItems(database: Database, key: string, list: List, end: End, most: number): string {
  const count = Math.min(most, list.size)
  let out = `*${count}\r\n`
  for (let n = 0; n < count; n++) {
    const item = list.pop(end) as string
    out += bulk(item)
  }
  database.changed(key, 'l', POP_EVENTS[end])
  database.deleteIfEmpty(key, list)
  return out
}

/** Options of LMPOP and BLMPOP. */
export interface MultiPop {
  readonly keys: readonly string[]
  readonly end: End
  readonly count: number
}

/**
 * Reads the arguments of LMPOP and BLMPOP.
 *
 * @param at index of the number of keys
 * @throws CommandError
 */
export function multiPopArguments(args: readonly string[], at: number): MultiPop {
  const numkeys = countArgument(args[at] as string, 1, NO_KEYS)
  const where = args[at + 1 + numkeys]
  if (where === undefined) throw SYNTAX_ERROR
  const end = endArgument(where)
  let count: number | undefined
  for (let n = at + 2 + numkeys; n < args.length; n += 2) {
    const value = args[n + 1]
    if (count !== undefined || value === undefined || (args[n] as string).toLowerCase() !== 'count')
      throw SYNTAX_ERROR
    count = countArgument(value, 1, NO_COUNT)
  }
  return { keys: args.slice(at + 1, at + 1 + numkeys), end, count: count ?? 1 }
}

export const lmpop: Handler = ({ database, form }, args) => {
  const { keys, end, count } = multiPopArguments(args, 1)
  for (const key of keys) {
    const list = database.findOf(key, List)
    if (list) return `*2\r\n${bulk(key)}${popItems(database, key, list, end, count)}`
  }
  return form.nilArray
}
