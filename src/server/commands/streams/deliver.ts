import { arrayHeader } from '../../protocol/reply.ts'
import type { ReplyForm } from '../../protocol/reply-form.ts'
import type { Consumer, ConsumerGroup } from './consumer-group.ts'
import { entryReply, idReply } from './entry-reply.ts'
import { countDelivery } from './read-counter.ts'
import type { Stream } from './stream.ts'
import { addToWord, nextId, type StreamId } from './stream-id.ts'

/**
 * Delivers the entries that no consumer of the group has read, and encodes them.
 *
 * @param count most entries; 0 for all
 * @param noAck true if they do not become pending
 */
export function deliver(
  stream: Stream,
  group: ConsumerGroup,
  consumer: Consumer,
  now: number,
  count: number,
  noAck: boolean,
): string {
  const start = nextId(group.lastId)
  if (start === undefined) return arrayHeader(0)
  const cursor = stream.entries.from(start)
  let out = ''
  let length = 0
  for (let entry = cursor.next(); entry; entry = cursor.next()) {
    const id = { ms: entry.ms, seq: entry.seq }
    countDelivery(stream, group, id)
    group.lastId = id
    out += entryReply(entry)
    if (!noAck) group.deliver(id, consumer, now)
    if (++length === count) break
  }
  return arrayHeader(length) + out
}

/**
 * Delivers again what is pending for a consumer, and encodes it. Entries that were removed are
 * answered without fields.
 *
 * @param count most entries; 0 for all
 */
export function replayPending(
  stream: Stream,
  consumer: Consumer,
  start: StreamId,
  count: number,
  now: number,
  form: ReplyForm,
): string {
  const cursor = consumer.pending.from(start)
  let out = ''
  let length = 0
  for (let pending = cursor.next(); pending; pending = cursor.next()) {
    const entry = stream.entries.get(pending)
    if (entry === undefined) out += `*2\r\n${idReply(pending)}${form.nilArray}`
    else {
      out += entryReply(entry)
      pending.deliveredAt = now
      pending.deliveries = addToWord(pending.deliveries, 1)
    }
    if (++length === count) break
  }
  return arrayHeader(length) + out
}
