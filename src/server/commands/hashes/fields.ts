import { bulk, integer, ONE, ZERO } from '../../protocol/reply.ts'
import type { Handler } from '../command.ts'
import { Hash } from './hash.ts'

export const hget: Handler = ({ database, form }, args) => {
  const value = database.readOf(args[1] as string, Hash)?.get(args[2] as string)
  return value === undefined ? form.nil : bulk(value)
}

export const hmget: Handler = ({ database, form }, args) => {
  const hash = database.readOf(args[1] as string, Hash)
  let out = `*${args.length - 2}\r\n`
  for (let n = 2; n < args.length; n++) {
    const value = hash?.get(args[n] as string)
    out += value === undefined ? form.nil : bulk(value)
  }
  return out
}

export const hexists: Handler = ({ database }, args) =>
  database.readOf(args[1] as string, Hash)?.has(args[2] as string) ? ONE : ZERO

export const hlen: Handler = ({ database }, args) =>
  integer(database.readOf(args[1] as string, Hash)?.size ?? 0)

export const hstrlen: Handler = ({ database }, args) =>
  integer(database.readOf(args[1] as string, Hash)?.get(args[2] as string)?.length ?? 0)

export const hdel: Handler = ({ database }, args) => {
  const key = args[1] as string
  const hash = database.findOf(key, Hash)
  if (hash === undefined) return ZERO
  let deleted = 0
  for (let n = 2; n < args.length; n++) if (hash.delete(args[n] as string)) deleted++
  if (deleted > 0) {
    database.changed(key, 'h', 'hdel')
    database.deleteIfEmpty(key, hash)
  }
  return integer(deleted)
}
