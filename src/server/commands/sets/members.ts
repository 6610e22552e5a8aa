import { integer, ONE, ZERO } from '../../protocol/reply.ts'
import type { Handler } from '../command.ts'
import { StringSet } from './string-set.ts'

export const sadd: Handler = ({ database }, args) => {
  const key = args[1] as string
  const set = database.openOf(key, StringSet)
  let added = 0
  for (let n = 2; n < args.length; n++) if (set.add(args[n] as string)) added++
  if (added > 0) database.changed(key, 's', 'sadd')
  return integer(added)
}

export const srem: Handler = ({ database }, args) => {
  const key = args[1] as string
  const set = database.findOf(key, StringSet)
  if (set === undefined) return ZERO
  let removed = 0
  for (let n = 2; n < args.length; n++) if (set.delete(args[n] as string)) removed++
  if (removed > 0) {
    database.changed(key, 's', 'srem')
    database.deleteIfEmpty(key, set)
  }
  return integer(removed)
}

export const smove: Handler = ({ database }, args) => {
  const from = args[1] as string
  const to = args[2] as string
  const member = args[3] as string
  const source = database.findOf(from, StringSet)
  if (source === undefined) return ZERO
  const target = database.findOf(to, StringSet)
  if (source === target) return source.has(member) ? ONE : ZERO
  if (!source.delete(member)) return ZERO
  database.changed(from, 's', 'srem')
  database.deleteIfEmpty(from, source)
  if ((target ?? database.openOf(to, StringSet)).add(member)) database.changed(to, 's', 'sadd')
  return ONE
}

export const sismember: Handler = ({ database }, args) =>
  database.readOf(args[1] as string, StringSet)?.has(args[2] as string) ? ONE : ZERO

export const smismember: Handler = ({ database }, args) => {
  const set = database.readOf(args[1] as string, StringSet)
  let out = `*${args.length - 2}\r\n`
  for (let n = 2; n < args.length; n++) out += set?.has(args[n] as string) ? ONE : ZERO
  return out
}

export const scard: Handler = ({ database }, args) =>
  integer(database.readOf(args[1] as string, StringSet)?.size ?? 0)
