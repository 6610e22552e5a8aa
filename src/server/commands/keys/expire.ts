import { CommandError } from '../../command-error.ts'
import { MAX_INTEGER, MIN_INTEGER, readInteger } from '../../data/numbers.ts'
import { ONE, ZERO } from '../../protocol/reply.ts'
import type { Session } from '../../session.ts'
import { integer64Argument } from '../arguments/integer-arguments.ts'
import type { Handler } from '../command.ts'

const NX_IS_ALONE = new CommandError('ERR NX and XX, GT or LT options at the same time are not compatible')
const GT_AND_LT = new CommandError('ERR GT and LT options at the same time are not compatible')

/** When an expiry is set: always, or depending on the one that the key has. */
interface Conditions {
  readonly nx: boolean
  readonly xx: boolean
  readonly gt: boolean
  readonly lt: boolean
}

const ALWAYS: Conditions = { nx: false, xx: false, gt: false, lt: false }

export const expire: Handler = (session, args) => expireKey(session, args, 1_000, true)
export const pexpire: Handler = (session, args) => expireKey(session, args, 1, true)
export const expireat: Handler = (session, args) => expireKey(session, args, 1_000, false)
export const pexpireat: Handler = (session, args) => expireKey(session, args, 1, false)

export const persist: Handler = ({ database }, args) => {
  const key = args[1] as string
  if (database.find(key) === undefined || !database.persist(key)) return ZERO
  database.changed(key, 'g', 'persist')
  return ONE
}

/** @param unit of the argument, in ms */
function expireKey(session: Session, args: readonly string[], unit: number, relative: boolean): string {
  const { database, instance } = session
  const key = args[1] as string
  const conditions = args.length > 3 ? readConditions(args) : ALWAYS
  const { now } = instance.clock
  const at = timeOf(args, unit, relative ? now : 0)
  if (database.find(key) === undefined) return ZERO
  if (conditions !== ALWAYS && !allows(conditions, database.peek(key)?.expiresAt ?? 0, at)) return ZERO
  if (at <= now) {
    database.delete(key)
    database.changed(key, 'g', 'del')
  } else {
    database.setExpiry(key, at)
    database.changed(key, 'g', 'expire')
  }
  return ONE
}

/** @param current expiry of the key; Infinity without one, which is later than all others */
function allows({ nx, xx, gt, lt }: Conditions, current: number, at: number): boolean {
  const never = current === Number.POSITIVE_INFINITY
  if ((nx && !never) || (xx && never)) return false
  return !((gt && at <= current) || (lt && at >= current))
}

function readConditions(args: readonly string[]): Conditions {
  const conditions = { ...ALWAYS }
  for (const option of args.slice(3)) {
    const name = option.toLowerCase()
    if (name !== 'nx' && name !== 'xx' && name !== 'gt' && name !== 'lt')
      // As a text of C: up to the first zero byte.
      throw new CommandError(`ERR Unsupported option ${option.split('\0', 1)[0]}`)
    conditions[name] = true
  }
  const { nx, xx, gt, lt } = conditions
  if (nx && (xx || gt || lt)) throw NX_IS_ALONE
  if (gt && lt) throw GT_AND_LT
  return conditions
}

/** Times below it, in s or ms, need no integers of 64 bits. */
const SMALL_TIME = 2 ** 42

/** Returns the time of an argument, in ms since 1970. */
function timeOf(args: readonly string[], unit: number, begin: number): number {
  const small = readInteger(args[2] as string)
  if (small !== undefined && Math.abs(small) < SMALL_TIME) return begin + small * unit
  const time = integer64Argument(args[2] as string) * BigInt(unit)
  if (time < MIN_INTEGER || time + BigInt(begin) > MAX_INTEGER)
    throw new CommandError(`ERR invalid expire time in '${args[0]?.toLowerCase()}' command`)
  return Number(time) + begin
}
