import { integer } from '../../protocol/reply.ts'
import type { Session } from '../../session.ts'
import type { Handler } from '../command.ts'

const ABSENT = ':-2\r\n'
const WITHOUT_EXPIRY = ':-1\r\n'

export const ttl: Handler = (session, args) =>
  timeReply(session, args, (at, now) => Math.floor((at - now + 500) / 1_000))

export const pttl: Handler = (session, args) => timeReply(session, args, (at, now) => at - now)

export const expiretime: Handler = (session, args) =>
  timeReply(session, args, (at) => Math.floor((at + 500) / 1_000))

export const pexpiretime: Handler = (session, args) => timeReply(session, args, (at) => at)

function timeReply(
  { database, instance }: Session,
  args: readonly string[],
  answer: (at: number, now: number) => number,
): string {
  const entry = database.inspect(args[1] as string)
  if (entry === undefined) return ABSENT
  const { expiresAt } = entry
  return expiresAt === Number.POSITIVE_INFINITY
    ? WITHOUT_EXPIRY
    : integer(answer(expiresAt, instance.clock.now))
}
