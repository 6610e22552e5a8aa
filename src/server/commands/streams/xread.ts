import { CommandError } from '../../command-error.ts'
import { bulk, NO_REPLY } from '../../protocol/reply.ts'
import type { ReplyForm } from '../../protocol/reply-form.ts'
import type { Session } from '../../session.ts'
import type { Handler } from '../command.ts'
import { rangeReply } from './entry-reply.ts'
import { ReadOptions } from './read-options.ts'
import { Stream } from './stream.ts'
import { compareIds, MAX_ID, MIN_ID, nextId, readId, type StreamId } from './stream-id.ts'

/** Most entries that a client is sent that has waited, and gave no COUNT. */
export const COUNT_AFTER_WAIT = 1000

const NEW_WITHOUT_GROUP = new CommandError(
  'ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option.',
)

/** XREAD [COUNT count] [BLOCK milliseconds] STREAMS key ... id ... */
export const xread: Handler = (session, args) => {
  const { database, form } = session
  const options = new ReadOptions(session, args, false)
  const { keys, count } = options
  const after = options.ids.map((text, n) => {
    const stream = database.readOf(keys[n] as string, Stream)
    if (text === '$') return stream?.lastId ?? MIN_ID
    if (text === '>') throw NEW_WITHOUT_GROUP
    return readId(text)
  })
  let out = ''
  let streams = 0
  for (let n = 0; n < keys.length; n++) {
    const key = keys[n] as string
    const id = after[n] as StreamId
    const stream = database.peek(key)?.value
    if (!(stream instanceof Stream)) continue
    const { last } = stream.entries
    if (!last || compareIds(last, id) <= 0) continue
    streams++
    out += streamReply(form, key, entriesAfter(stream, id, count))
  }
  if (streams > 0) return streamsHeader(form, streams) + out
  if (options.timeout === undefined || !session.mayBlock) return form.nilArray
  wait(session, options, after)
  return NO_REPLY
}

/** The begin of a reply with entries of several streams. */
export function streamsHeader(form: ReplyForm, streams: number): string {
  return form.version === 2 ? `*${streams}\r\n` : form.mapHeader(streams)
}

/** One stream of a reply that `streamsHeader` began. */
export function streamReply(form: ReplyForm, key: string, entries: string): string {
  return form.version === 2 ? `*2\r\n${bulk(key)}${entries}` : bulk(key) + entries
}

function entriesAfter(stream: Stream, id: StreamId, count: number): string {
  return rangeReply(stream, nextId(id) ?? MIN_ID, MAX_ID, count)
}

function wait(session: Session, options: ReadOptions, after: readonly StreamId[]): void {
  const { instance, client, database } = session
  const { keys } = options
  const count = options.count || COUNT_AFTER_WAIT
  // Of a key that is given twice the last id counts.
  const afterByKey = new Map(keys.map((key, n) => [key, after[n] as StreamId]))
  const seen = lastIds(session, keys)
  instance.blocked.wait({
    client,
    database,
    keys: [...afterByKey.keys()],
    timeout: options.timeout ?? 0,
    onEachChange: true,
    retry: (key) => {
      const stream = database.peek(key)?.value
      const id = afterByKey.get(key) ?? MIN_ID
      if (!(stream instanceof Stream) || stream.lastId === seen.get(key)) return undefined
      if (compareIds(stream.lastId, id) <= 0) return undefined
      const { form } = client
      return streamsHeader(form, 1) + streamReply(form, key, entriesAfter(stream, id, count))
    },
    timedOut: () => client.form.nilArray,
  })
}

/**
 * Returns the last ids of streams. Those that wait are answered after an entry was added, which
 * makes another last id; not after one was removed.
 */
export function lastIds({ database }: Session, keys: readonly string[]): Map<string, StreamId> {
  const ids = new Map<string, StreamId>()
  for (const key of keys) {
    const stream = database.peek(key)?.value
    if (stream instanceof Stream) ids.set(key, stream.lastId)
  }
  return ids
}
