import type { Database } from '../../data/database.ts'
import { bulk } from '../../protocol/reply.ts'
import type { Handler } from '../command.ts'
import { endArgument, POP_EVENTS, PUSH_EVENTS } from './ends.ts'
import { type End, List } from './list.ts'

/** An item's way from the end of one list to the end of another one, or of the same. */
export interface Move {
  readonly source: string
  readonly from: End
  readonly destination: string
  readonly to: End
}

/**
 * Reads the arguments of LMOVE and BLMOVE.
 *
 * @throws CommandError
 */
export function moveArguments(args: readonly string[]): Move {
  return {
    source: args[1] as string,
    from: endArgument(args[3] as string),
    destination: args[2] as string,
    to: endArgument(args[4] as string),
  }
}

/** Returns the move of RPOPLPUSH and BRPOPLPUSH. */
export function rightToLeft(args: readonly string[]): Move {
  return { source: args[1] as string, from: 'right', destination: args[2] as string, to: 'left' }
}

/**
 * Moves an item. Returns it, undefined if there is no source.
 *
 * @throws CommandError WRONGTYPE
 */
export function moveItem(database: Database, move: Move): string | undefined {
  const { source, from, destination, to } = move
  const list = database.findOf(source, List)
  if (list === undefined) return undefined
  const target = database.openOf(destination, List)
  const item = list.pop(from) as string
  target.push(to, item)
  database.changed(destination, 'l', PUSH_EVENTS[to])
  database.changed(source, 'l', POP_EVENTS[from])
  database.deleteIfEmpty(source, list)
  return item
}

export const lmove: Handler = ({ database, form }, args) => {
  const item = moveItem(database, moveArguments(args))
  return item === undefined ? form.nil : bulk(item)
}

export const rpoplpush: Handler = ({ database, form }, args) => {
  const item = moveItem(database, rightToLeft(args))
  return item === undefined ? form.nil : bulk(item)
}
