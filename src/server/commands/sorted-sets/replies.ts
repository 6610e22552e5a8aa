import { bulk } from '../../protocol/reply.ts'
import type { ReplyForm } from '../../protocol/reply-form.ts'
import type { ScoredMember } from './scored-member.ts'

/** Encodes an array of members. */
export function membersReply(items: readonly ScoredMember[]): string {
  let out = `*${items.length}\r\n`
  for (const { member } of items) out += bulk(member)
  return out
}

/** Encodes members with their scores: a flat array in RESP2, an array of pairs in RESP3. */
export function scoresReply(items: readonly ScoredMember[], form: ReplyForm): string {
  return form.version === 3 ? pairsReply(items, form) : flatReply(items, form)
}

/** Encodes an array of member, score, member, score ... */
export function flatReply(items: readonly ScoredMember[], form: ReplyForm): string {
  let out = `*${2 * items.length}\r\n`
  for (const { member, score } of items) out += `${bulk(member)}${form.double(score)}`
  return out
}

/** Encodes an array of arrays of a member and its score. */
export function pairsReply(items: readonly ScoredMember[], form: ReplyForm): string {
  let out = `*${items.length}\r\n`
  for (const { member, score } of items) out += `*2\r\n${bulk(member)}${form.double(score)}`
  return out
}
