import { integer } from '../../protocol/reply.ts'
import type { Handler } from '../command.ts'
import { type Combine, countCommon, difference, intersection, union } from './combine.ts'
import { readCombineOptions, readLimit } from './combine-options.ts'
import { readOperands } from './operands.ts'
import { membersReply, scoresReply } from './replies.ts'
import { isBefore, type ScoredMember } from './scored-member.ts'
import { storeMembers } from './store.ts'

/** Makes a command that answers what it makes of several sets. */
function answer(name: string, combine: Combine, weights: boolean): Handler {
  return ({ database, form }, args) => {
    const operands = readOperands(database, args, 1, name)
    const { aggregate, withScores } = readCombineOptions(args, operands, { weights, scores: true })
    const items = ordered(combine(operands.operands, aggregate))
    return withScores ? scoresReply(items, form) : membersReply(items)
  }
}

/** Makes a command that stores what it makes of several sets. */
function store(name: string, combine: Combine, weights: boolean): Handler {
  return ({ database }, args) => {
    const operands = readOperands(database, args, 2, name)
    const { aggregate } = readCombineOptions(args, operands, { weights, scores: false })
    const items = ordered(combine(operands.operands, aggregate))
    storeMembers(database, args[1] as string, items, name)
    return integer(items.length)
  }
}

function ordered(scores: ReadonlyMap<string, number>): readonly ScoredMember[] {
  const items: ScoredMember[] = []
  for (const [member, score] of scores) items.push({ member, score })
  return items.sort((one, other) => (isBefore(one, other) ? -1 : 1))
}

export const zunion = answer('zunion', union, true)
export const zinter = answer('zinter', intersection, true)
export const zdiff = answer('zdiff', difference, false)
export const zunionstore = store('zunionstore', union, true)
export const zinterstore = store('zinterstore', intersection, true)
export const zdiffstore = store('zdiffstore', difference, false)

export const zintercard: Handler = ({ database }, args) => {
  const { operands, end } = readOperands(database, args, 1, 'zintercard')
  return integer(countCommon(operands, readLimit(args, end)))
}
