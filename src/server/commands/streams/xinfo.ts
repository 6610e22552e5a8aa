import { CommandError, NO_SUCH_KEY } from '../../command-error.ts'
import { arrayHeader, bulk, integer } from '../../protocol/reply.ts'
import type { ReplyForm } from '../../protocol/reply-form.ts'
import type { Session } from '../../session.ts'
import { indexArgument } from '../arguments/integer-arguments.ts'
import type { Handler } from '../command.ts'
import { subcommandError } from '../help-reply.ts'
import { byName, type ConsumerGroup, UNKNOWN_COUNT } from './consumer-group.ts'
import { counterReply, entryReply, idReply, rangeReply } from './entry-reply.ts'
import { countNodes } from './radix-tree.ts'
import { lagOf } from './read-counter.ts'
import { Stream } from './stream.ts'
import { MAX_ID, MIN_ID } from './stream-id.ts'

/** Entries, groups' and consumers' pending ones that FULL lists without COUNT. */
const DEFAULT_COUNT = 10

/** XINFO STREAM key [FULL [COUNT count]] */
export const xinfoStream: Handler = (session, args) => {
  const { form } = session
  const stream = open(session, args)
  if (args.length === 3) return shortReply(stream, form)
  const wrong =
    (args.length !== 4 && args.length !== 6) ||
    (args[3] as string).toLowerCase() !== 'full' ||
    (args.length === 6 && (args[4] as string).toLowerCase() !== 'count')
  if (wrong) throw subcommandError('XINFO', args[1] as string)
  const count = args.length === 6 ? indexArgument(args[5] as string) : DEFAULT_COUNT
  return fullReply(stream, form, count < 0 ? DEFAULT_COUNT : count)
}

/** XINFO GROUPS key */
export const xinfoGroups: Handler = (session, args) => {
  const { form } = session
  const stream = open(session, args)
  let out = arrayHeader(stream.groups.size)
  for (const group of byName(stream.groups)) {
    out += form.mapHeader(6)
    out += bulk('name') + bulk(group.name)
    out += bulk('consumers') + integer(group.consumers.size)
    out += bulk('pending') + integer(group.pending.size)
    out += bulk('last-delivered-id') + idReply(group.lastId)
    out += countersReply(stream, group, form)
  }
  return out
}

/** XINFO CONSUMERS key group */
export const xinfoConsumers: Handler = (session, args) => {
  const { form, instance } = session
  const group = open(session, args).groups.get(args[3] as string)
  if (!group) throw new CommandError(`NOGROUP No such consumer group '${args[3]}' for key name '${args[2]}'`)
  let out = arrayHeader(group.consumers.size)
  for (const { name, pending, seenAt } of byName(group.consumers)) {
    out += form.mapHeader(3)
    out += bulk('name') + bulk(name)
    out += bulk('pending') + integer(pending.size)
    out += bulk('idle') + integer(Math.max(0, instance.clock.now - seenAt))
  }
  return out
}

function open({ database }: Session, args: readonly string[]): Stream {
  const stream = database.readOf(args[2] as string, Stream)
  if (!stream) throw NO_SUCH_KEY
  return stream
}

function headReply(stream: Stream): string {
  const { blocks } = stream.entries
  let out = bulk('length') + integer(stream.size)
  out += bulk('radix-tree-keys') + integer(blocks.length)
  out += bulk('radix-tree-nodes') + integer(countNodes(blocks.map(({ begin }) => begin)))
  out += bulk('last-generated-id') + idReply(stream.lastId)
  out += bulk('max-deleted-entry-id') + idReply(stream.maxDeletedId)
  out += bulk('entries-added') + counterReply(stream.entriesAdded)
  return out + bulk('recorded-first-entry-id') + idReply(stream.firstId)
}

function shortReply(stream: Stream, form: ReplyForm): string {
  const { first, last } = stream.entries
  let out = form.mapHeader(10) + headReply(stream)
  out += bulk('groups') + integer(stream.groups.size)
  out += bulk('first-entry') + (first ? entryReply(first) : form.nil)
  return out + bulk('last-entry') + (last ? entryReply(last) : form.nil)
}

function fullReply(stream: Stream, form: ReplyForm, count: number): string {
  let out = form.mapHeader(9) + headReply(stream)
  out += bulk('entries') + rangeReply(stream, MIN_ID, MAX_ID, count)
  out += bulk('groups') + arrayHeader(stream.groups.size)
  for (const group of byName(stream.groups)) {
    out += form.mapHeader(7)
    out += bulk('name') + bulk(group.name)
    out += bulk('last-delivered-id') + idReply(group.lastId)
    out += countersReply(stream, group, form)
    out += bulk('pel-count') + integer(group.pending.size)
    out += bulk('pending') + pendingReply(group, count, true)
    out += bulk('consumers') + consumersReply(group, form, count)
  }
  return out
}

function countersReply(stream: Stream, group: ConsumerGroup, form: ReplyForm): string {
  const { entriesRead } = group
  const lag = lagOf(stream, group)
  const read = entriesRead === UNKNOWN_COUNT ? form.nil : counterReply(entriesRead)
  return bulk('entries-read') + read + bulk('lag') + (lag === undefined ? form.nil : counterReply(lag))
}

function consumersReply(group: ConsumerGroup, form: ReplyForm, count: number): string {
  let out = arrayHeader(group.consumers.size)
  for (const consumer of byName(group.consumers)) {
    out += form.mapHeader(4)
    out += bulk('name') + bulk(consumer.name)
    out += bulk('seen-time') + integer(consumer.seenAt)
    out += bulk('pel-count') + integer(consumer.pending.size)
    out += bulk('pending') + pendingReply(consumer, count, false)
  }
  return out
}

/** @param count most entries; 0 for all */
function pendingReply(
  { pending }: Pick<ConsumerGroup, 'pending'>,
  count: number,
  withConsumer: boolean,
): string {
  let out = ''
  let length = 0
  for (const one of pending) {
    out += (withConsumer ? '*4\r\n' : '*3\r\n') + idReply(one)
    if (withConsumer) out += bulk(one.consumer?.name ?? '')
    out += integer(one.deliveredAt) + counterReply(one.deliveries)
    if (++length === count) break
  }
  return arrayHeader(length) + out
}
