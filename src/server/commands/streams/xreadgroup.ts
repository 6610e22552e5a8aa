import { CommandError } from '../../command-error.ts'
import { NO_REPLY } from '../../protocol/reply.ts'
import type { Session } from '../../session.ts'
import type { Handler } from '../command.ts'
import type { Consumer, ConsumerGroup } from './consumer-group.ts'
import { deliver, replayPending } from './deliver.ts'
import { ReadOptions } from './read-options.ts'
import { Stream } from './stream.ts'
import { compareIds, MAX_ID, nextId, readId, type StreamId } from './stream-id.ts'
import { COUNT_AFTER_WAIT, lastIds, streamReply, streamsHeader } from './xread.ts'

const LAST_OF_GROUP = new CommandError(
  'ERR The $ ID is meaningless in the context of XREADGROUP: you want to read the history of this ' +
    'consumer by specifying a proper ID, or use the > ID to get new messages. The $ ID would just ' +
    'return an empty result set.',
)
const STREAM_GONE = new CommandError('UNBLOCKED the stream key no longer exists')
const GROUP_GONE = new CommandError('NOGROUP the consumer group this client was blocked on no longer exists')

/** XREADGROUP GROUP group consumer [COUNT count] [BLOCK ms] [NOACK] STREAMS key ... id ... */
export const xreadgroup: Handler = (session, args) => {
  const { instance, database, form } = session
  const options = new ReadOptions(session, args, true)
  const { keys } = options
  const after = options.ids.map((text, n) => readPosition(session, options, keys[n] as string, text))
  let out = ''
  let streams = 0
  for (let n = 0; n < keys.length; n++) {
    const key = keys[n] as string
    const id = after[n] as StreamId
    const stream = database.peek(key)?.value
    if (!(stream instanceof Stream)) continue
    const group = stream.groups.get(options.group)
    const { last } = stream.entries
    const onlyNew = compareIds(id, MAX_ID) === 0
    if (!group || (onlyNew && (!last || compareIds(last, group.lastId) <= 0))) continue
    streams++
    const consumer = openConsumer(session, key, group, options.consumer)
    const entries = onlyNew
      ? deliver(stream, group, consumer, instance.clock.now, options.count, options.noAck)
      : replayPending(stream, consumer, nextId(id) ?? MAX_ID, options.count, instance.clock.now, form)
    out += streamReply(form, key, entries)
    instance.stats.dirty++
    database.account(key)
  }
  if (streams > 0) return streamsHeader(form, streams) + out
  if (options.timeout === undefined || !session.mayBlock) return form.nilArray
  wait(session, options)
  return NO_REPLY
}

/** Returns the id after which a client reads; MAX_ID for entries that no consumer has read. */
function readPosition({ database }: Session, options: ReadOptions, key: string, text: string): StreamId {
  const stream = database.readOf(key, Stream)
  if (!stream?.groups.has(options.group))
    throw new CommandError(
      `NOGROUP No such key '${key}' or consumer group '${options.group}' in XREADGROUP with GROUP option`,
    )
  if (text === '$') throw LAST_OF_GROUP
  return text === '>' ? MAX_ID : readId(text)
}

/** Returns a consumer of a group, a new one if there is none of this name. */
export function openConsumer(
  { instance, database }: Pick<Session, 'instance' | 'database'>,
  key: string,
  group: ConsumerGroup,
  name: string,
): Consumer {
  const { now } = instance.clock
  const found = group.consumers.get(name)
  if (found) {
    found.seenAt = now
    return found
  }
  const created = group.createConsumer(name, now)
  instance.stats.dirty++
  database.notify(key, 't', 'xgroup-createconsumer')
  return created
}

function wait(session: Session, options: ReadOptions): void {
  const { instance, client, database } = session
  const { clock, stats } = instance
  const keys = [...new Set(options.keys)]
  const seen = lastIds(session, keys)
  instance.blocked.wait({
    client,
    database,
    keys,
    timeout: options.timeout ?? 0,
    onEachChange: true,
    retry: (key) => {
      const stream = database.peek(key)?.value
      if (!(stream instanceof Stream)) throw STREAM_GONE
      const group = stream.groups.get(options.group)
      if (!group) throw GROUP_GONE
      if (stream.lastId === seen.get(key) || compareIds(stream.lastId, group.lastId) <= 0) return undefined
      const consumer = openConsumer({ instance, database }, key, group, options.consumer)
      const count = options.count || COUNT_AFTER_WAIT
      const entries = deliver(stream, group, consumer, clock.now, count, options.noAck)
      stats.dirty++
      database.account(key)
      return streamsHeader(client.form, 1) + streamReply(client.form, key, entries)
    },
    timedOut: () => client.form.nilArray,
  })
}
