import { CommandError, SYNTAX_ERROR } from '../../command-error.ts'
import type { EncodingLimits } from '../../config/encoding-limits.ts'
import { bulk, bulkArray, EMPTY_ARRAY } from '../../protocol/reply.ts'
import type { Session } from '../../session.ts'
import { countArgument } from '../arguments/count-argument.ts'
import { randomCount } from '../arguments/random-count.ts'
import type { Handler } from '../command.ts'
import { setReply } from './list-members.ts'
import { StringSet } from './string-set.ts'

const MUST_BE_POSITIVE = new CommandError('ERR value is out of range, must be positive')

export const srandmember: Handler = (session, args) => {
  const { database, form } = session
  if (args.length > 3) throw SYNTAX_ERROR
  if (args.length === 3) return randomMembers(session, args)
  const set = database.readOf(args[1] as string, StringSet)
  return set === undefined ? form.nil : bulk(set.sampler.pick())
}

function randomMembers({ database, instance }: Session, args: readonly string[]): string {
  const count = randomCount(args[2] as string)
  const set = database.readOf(args[1] as string, StringSet)
  if (set === undefined || count === 0) return EMPTY_ARRAY
  if (count < 0) return repeatedMembers(set, -count)
  // All members are in their order; fewer are at random.
  return bulkArray(count >= set.size ? [...set.members(instance.limits)] : set.sampler.sample(count))
}

function repeatedMembers({ sampler }: StringSet, count: number): string {
  let out = `*${count}\r\n`
  for (let n = 0; n < count; n++) out += bulk(sampler.pick())
  return out
}

export const spop: Handler = (session, args) => {
  const { database, form } = session
  if (args.length > 3) throw SYNTAX_ERROR
  if (args.length === 3) return popMembers(session, args)
  const key = args[1] as string
  const set = database.findOf(key, StringSet)
  if (set === undefined) return form.nil
  const member = set.sampler.pick()
  remove(session, key, set, [member])
  return bulk(member)
}

function popMembers(session: Session, args: readonly string[]): string {
  const { database, form, instance } = session
  const key = args[1] as string
  const count = countArgument(args[2] as string, 0, MUST_BE_POSITIVE)
  const set = database.findOf(key, StringSet)
  if (set === undefined || count === 0) return form.setHeader(0)
  const popped = count >= set.size ? allMembers(set, instance.limits) : set.sampler.sample(count)
  remove(session, key, set, popped)
  return setReply(form, popped.length, popped)
}

/** Redis collects them in a new set, which may be a compact one again. */
function allMembers(set: StringSet, limits: EncodingLimits): string[] {
  const members = new StringSet()
  for (const member of set.members(limits)) members.add(member)
  return [...members.members(limits)]
}

function remove({ database }: Session, key: string, set: StringSet, members: readonly string[]): void {
  for (const member of members) set.delete(member)
  database.changed(key, 's', 'spop')
  database.deleteIfEmpty(key, set)
}
