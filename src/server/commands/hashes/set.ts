import { CommandError } from '../../command-error.ts'
import type { Database } from '../../data/database.ts'
import { integer, OK, ONE, ZERO } from '../../protocol/reply.ts'
import type { Handler } from '../command.ts'
import { Hash } from './hash.ts'

export const hset: Handler = ({ database }, args) => {
  checkPairs('hset', args)
  return integer(setFields(database, args))
}

export const hmset: Handler = ({ database }, args) => {
  checkPairs('hmset', args)
  setFields(database, args)
  return OK
}

/** Sets fields. Returns how many are new. */
function setFields(database: Database, args: readonly string[]): number {
  const key = args[1] as string
  const hash = database.openOf(key, Hash)
  let created = 0
  for (let n = 2; n < args.length; n += 2) if (hash.set(args[n] as string, args[n + 1] as string)) created++
  database.changed(key, 'h', 'hset')
  return created
}

function checkPairs(name: string, args: readonly string[]): void {
  if (args.length % 2 === 1) throw new CommandError(`ERR wrong number of arguments for '${name}' command`)
}

export const hsetnx: Handler = ({ database }, args) => {
  const key = args[1] as string
  const hash = database.openOf(key, Hash)
  if (hash.has(args[2] as string)) return ZERO
  hash.set(args[2] as string, args[3] as string)
  database.changed(key, 'h', 'hset')
  return ONE
}
