import type { Database } from '../../data/database.ts'
import { integer, ZERO } from '../../protocol/reply.ts'
import type { Handler } from '../command.ts'
import { PUSH_EVENTS } from './ends.ts'
import { type End, List } from './list.ts'

export const lpush: Handler = ({ database }, args) => push(database, args, 'left')
export const rpush: Handler = ({ database }, args) => push(database, args, 'right')
export const lpushx: Handler = ({ database }, args) => pushExisting(database, args, 'left')
export const rpushx: Handler = ({ database }, args) => pushExisting(database, args, 'right')

function push(database: Database, args: readonly string[], end: End): string {
  return pushAll(database, database.openOf(args[1] as string, List), args, end)
}

function pushExisting(database: Database, args: readonly string[], end: End): string {
  const list = database.findOf(args[1] as string, List)
  return list === undefined ? ZERO : pushAll(database, list, args, end)
}

function pushAll(database: Database, list: List, args: readonly string[], end: End): string {
  for (let n = 2; n < args.length; n++) list.push(end, args[n] as string)
  database.changed(args[1] as string, 'l', PUSH_EVENTS[end])
  return integer(list.size)
}
