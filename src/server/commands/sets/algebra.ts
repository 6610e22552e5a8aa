import { CommandError, SYNTAX_ERROR } from '../../command-error.ts'
import type { Database } from '../../data/database.ts'
import { integer, ZERO } from '../../protocol/reply.ts'
import { countArgument } from '../arguments/count-argument.ts'
import { NO_KEYS } from '../arguments/no-keys.ts'
import type { Handler } from '../command.ts'
import { difference, intersection, type Sets, union } from './combine.ts'
import { setReply } from './list-members.ts'
import { StringSet } from './string-set.ts'

const TOO_MANY_KEYS = new CommandError("ERR Number of keys can't be greater than number of args")
const NEGATIVE_LIMIT = new CommandError("ERR LIMIT can't be negative")

export const sinter: Handler = ({ database, form, instance }, args) => {
  const members = [...intersection(readSets(database, args, 1), instance.limits)]
  return setReply(form, members.length, members)
}

export const sunion: Handler = ({ database, form, instance: { limits } }, args) => {
  const result = union(readSets(database, args, 1), limits)
  return setReply(form, result.size, result.members(limits))
}

export const sdiff: Handler = ({ database, form, instance: { limits } }, args) => {
  const result = difference(readSets(database, args, 1), limits)
  return setReply(form, result.size, result.members(limits))
}

export const sinterstore: Handler = ({ database, instance }, args) => {
  const result = new StringSet()
  for (const member of intersection(readSets(database, args, 2), instance.limits)) result.add(member)
  return store(database, args[1] as string, result, 'sinterstore')
}

export const sunionstore: Handler = ({ database, instance }, args) =>
  store(database, args[1] as string, union(readSets(database, args, 2), instance.limits), 'sunionstore')

export const sdiffstore: Handler = ({ database, instance }, args) =>
  store(database, args[1] as string, difference(readSets(database, args, 2), instance.limits), 'sdiffstore')

export const sintercard: Handler = ({ database, instance }, args) => {
  const numkeys = countArgument(args[1] as string, 1, NO_KEYS)
  if (numkeys > args.length - 2) throw TOO_MANY_KEYS
  let limit = 0
  for (let n = 2 + numkeys; n < args.length; n += 2) {
    const value = args[n + 1]
    if (value === undefined || (args[n] as string).toLowerCase() !== 'limit') throw SYNTAX_ERROR
    limit = countArgument(value, 0, NEGATIVE_LIMIT)
  }
  const sets = readSets(database, args.slice(0, 2 + numkeys), 2)
  let count = 0
  for (const _ of intersection(sets, instance.limits)) if (++count === limit) break
  return integer(count)
}

/**
 * Reads the sets of all arguments from an index on.
 *
 * @throws CommandError WRONGTYPE
 */
function readSets(database: Database, args: readonly string[], at: number): Sets {
  return args.slice(at).map((key) => database.readOf(key, StringSet))
}

/** Stores a set in the place of whatever the key holds; an empty one removes the key. */
function store(database: Database, key: string, set: StringSet, event: string): string {
  if (set.size > 0) {
    database.set(key, set)
    database.changed(key, 's', event)
    return integer(set.size)
  }
  if (database.delete(key)) database.changed(key, 'g', 'del')
  return ZERO
}
