import { CommandError } from '../../command-error.ts'
import { integer, ZERO } from '../../protocol/reply.ts'
import type { Session } from '../../session.ts'
import type { Handler } from '../command.ts'
import { type AddOptions, readAddOptions } from './add-options.ts'
import { readScore } from './arguments.ts'
import { SortedSet } from './sorted-set.ts'

const NOT_A_NUMBER = new CommandError('ERR resulting score is not a number (NaN)')

export const zadd: Handler = (session, args) => {
  const options = readAddOptions(args)
  const { first, xx, ch } = options
  if (options.incr)
    return increment(session, args[1] as string, args[first] as string, args[first + 1] as string, options)
  // All or nothing: a score that is no number is found before the first is set.
  for (let n = first; n < args.length; n += 2) readScore(args[n] as string)
  const key = args[1] as string
  const { database } = session
  const set = xx ? database.findOf(key, SortedSet) : database.openOf(key, SortedSet)
  if (set === undefined) return ZERO
  let added = 0
  let updated = 0
  for (let n = first; n < args.length; n += 2) {
    const member = args[n + 1] as string
    const score = readScore(args[n] as string)
    const current = set.score(member)
    if (current === undefined) {
      if (xx) continue
      set.set(member, score)
      added++
    } else if (score !== current && mayChange(current, score, options)) {
      set.set(member, score)
      updated++
    }
  }
  if (added + updated > 0) database.changed(key, 'z', 'zadd')
  return integer(ch ? added + updated : added)
}

/** It reads options as ZADD does, which leaves no increment: they are an error. */
export const zincrby: Handler = (session, args) =>
  increment(session, args[1] as string, args[2] as string, args[3] as string, readAddOptions(args))

function increment(
  { database, form }: Session,
  key: string,
  by: string,
  member: string,
  options: AddOptions,
): string {
  const delta = readScore(by)
  const set = database.findOf(key, SortedSet)
  const current = set?.score(member)
  if (set === undefined || current === undefined) {
    if (options.xx) return form.nil
    database.openOf(key, SortedSet).set(member, delta)
    database.changed(key, 'z', 'zincr')
    return form.double(delta)
  }
  if (options.nx) return form.nil
  const score = current + delta
  if (Number.isNaN(score)) throw NOT_A_NUMBER
  if (!mayChange(current, score, options)) return form.nil
  if (score !== current) {
    set.set(member, score)
    database.changed(key, 'z', 'zincr')
  }
  return form.double(score)
}

/** True if the options allow another score for a member that is there. */
function mayChange(current: number, score: number, { nx, gt, lt }: AddOptions): boolean {
  return !nx && !(lt && score >= current) && !(gt && score <= current)
}
