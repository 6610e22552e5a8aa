import { SYNTAX_ERROR } from '../../command-error.ts'
import { bulk, integer } from '../../protocol/reply.ts'
import type { ReplyForm } from '../../protocol/reply-form.ts'
import { indexArgument } from '../arguments/integer-arguments.ts'
import type { Handler } from '../command.ts'
import { noGroup } from './arguments.ts'
import { byName, type ConsumerGroup, type Pending } from './consumer-group.ts'
import { counterReply, idReply } from './entry-reply.ts'
import { Stream } from './stream.ts'
import { compareIds, readIntervalEnd, readIntervalStart, type StreamId } from './stream-id.ts'

/** XPENDING key group [[IDLE min-idle-time] start end count [consumer]] */
export const xpending: Handler = ({ instance, database, form }, args) => {
  const range = args.length === 3 ? undefined : readRange(args)
  const key = args[1] as string
  const group = database.readOf(key, Stream)?.groups.get(args[2] as string)
  if (!group) throw noGroup(key, args[2] as string)
  return range ? rangeReply(group, range, instance.clock.now) : summaryReply(group, form)
}

interface PendingRange {
  readonly start: StreamId
  readonly end: StreamId
  readonly count: number
  /** In ms; 0 for all. */
  readonly minIdle: number
  readonly consumer: string | undefined
}

/** @throws CommandError */
function readRange(args: readonly string[]): PendingRange {
  if (args.length < 6 || args.length > 9) throw SYNTAX_ERROR
  let at = 3
  let minIdle = 0
  if ((args[at] as string).toLowerCase() === 'idle') {
    minIdle = indexArgument(args[at + 1] as string)
    if (args.length < 8) throw SYNTAX_ERROR
    at += 2
  }
  const count = Math.max(0, indexArgument(args[at + 2] as string))
  const start = readIntervalStart(args[at] as string)
  const end = readIntervalEnd(args[at + 1] as string)
  return { start, end, count, minIdle, consumer: args[at + 3] }
}

function rangeReply(group: ConsumerGroup, range: PendingRange, now: number): string {
  const { start, end, minIdle } = range
  const from = range.consumer === undefined ? group : group.consumers.get(range.consumer)
  if (!from) return '*0\r\n'
  const cursor = from.pending.from(start)
  let out = ''
  let length = 0
  while (length < range.count) {
    const pending = cursor.next()
    if (!pending || compareIds(pending, end) > 0) break
    if (minIdle !== 0 && now - pending.deliveredAt < minIdle) continue
    length++
    out += pendingReply(pending, now)
  }
  return `*${length}\r\n${out}`
}

function pendingReply(pending: Pending, now: number): string {
  const idle = Math.max(0, now - pending.deliveredAt)
  const owner = bulk(pending.consumer?.name ?? '')
  return `*4\r\n${idReply(pending)}${owner}${integer(idle)}${counterReply(pending.deliveries)}`
}

function summaryReply({ pending, consumers }: ConsumerGroup, { nil, nilArray }: ReplyForm): string {
  const { first, last } = pending
  if (!first || !last) return `*4\r\n:0\r\n${nil}${nil}${nilArray}`
  let out = ''
  let length = 0
  for (const consumer of byName(consumers)) {
    const { size } = consumer.pending
    if (size === 0) continue
    length++
    out += `*2\r\n${bulk(consumer.name)}${bulk(String(size))}`
  }
  return `*4\r\n${integer(pending.size)}${idReply(first)}${idReply(last)}*${length}\r\n${out}`
}
