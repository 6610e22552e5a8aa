import { integer, ZERO } from '../../protocol/reply.ts'
import type { Handler } from '../command.ts'
import { SortedSet } from './sorted-set.ts'

export const zcard: Handler = ({ database }, args) =>
  integer(database.readOf(args[1] as string, SortedSet)?.size ?? 0)

export const zscore: Handler = ({ database, form }, args) => {
  const score = database.readOf(args[1] as string, SortedSet)?.score(args[2] as string)
  return score === undefined ? form.nil : form.double(score)
}

export const zmscore: Handler = ({ database, form }, args) => {
  const set = database.readOf(args[1] as string, SortedSet)
  let out = `*${args.length - 2}\r\n`
  for (let n = 2; n < args.length; n++) {
    const score = set?.score(args[n] as string)
    out += score === undefined ? form.nil : form.double(score)
  }
  return out
}

export const zrank: Handler = ({ database, form }, args) => {
  const rank = database.readOf(args[1] as string, SortedSet)?.rank(args[2] as string)
  return rank === undefined ? form.nil : integer(rank)
}

export const zrevrank: Handler = ({ database, form }, args) => {
  const set = database.readOf(args[1] as string, SortedSet)
  const rank = set?.rank(args[2] as string)
  return set === undefined || rank === undefined ? form.nil : integer(set.size - 1 - rank)
}

export const zrem: Handler = ({ database }, args) => {
  const key = args[1] as string
  const set = database.findOf(key, SortedSet)
  if (set === undefined) return ZERO
  let removed = 0
  for (let n = 2; n < args.length; n++) if (set.delete(args[n] as string)) removed++
  if (removed > 0) {
    database.changed(key, 'z', 'zrem')
    database.deleteIfEmpty(key, set)
  }
  return integer(removed)
}
