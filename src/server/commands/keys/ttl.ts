import { MAX_INTEGER } from '../../data/numbers.ts'
import { integer } from '../../protocol/reply.ts'
import type { Session } from '../../session.ts'
import type { Handler } from '../command.ts'

const ABSENT = ':-2\r\n'
const WITHOUT_EXPIRY = ':-1\r\n'

export const ttl: Handler = (session, args) => timeReply(session, args, true, true)

export const pttl: Handler = (session, args) => timeReply(session, args, true, false)

export const expiretime: Handler = (session, args) => timeReply(session, args, false, true)

export const pexpiretime: Handler = (session, args) => timeReply(session, args, false, false)

/** @param isLeft true for the time until then, not since 1970 */
function timeReply(
  { database, instance }: Session,
  args: readonly string[],
  isLeft: boolean,
  inSeconds: boolean,
): string {
  const entry = database.inspect(args[1] as string)
  if (entry === undefined) return ABSENT
  const { expiresAt } = entry
  if (expiresAt === Number.POSITIVE_INFINITY) return WITHOUT_EXPIRY
  const begin = isLeft ? instance.clock.now : 0
  if (expiresAt > Number.MAX_SAFE_INTEGER) return integer(farTime(expiresAt, begin, inSeconds))
  const time = expiresAt - begin
  return integer(inSeconds ? Math.floor((time + 500) / 1_000) : time)
}

/** A double has not all digits of these: the largest integer is answered as it was given. */
function farTime(expiresAt: number, begin: number, inSeconds: boolean): bigint {
  const at = BigInt(expiresAt)
  const time = (at > MAX_INTEGER ? MAX_INTEGER : at) - BigInt(begin)
  return inSeconds ? (time + 500n) / 1_000n : time
}
