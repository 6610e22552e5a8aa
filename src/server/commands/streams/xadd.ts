import { CommandError } from '../../command-error.ts'
import { bulk } from '../../protocol/reply.ts'
import type { Handler } from '../command.ts'
import { MAX_NODE_BYTES } from './node-size.ts'
import { Stream } from './stream.ts'
import {
  addToWord,
  compareIds,
  formatId,
  MAX_ID,
  MAX_WORD,
  readId,
  readOpenId,
  type StreamId,
  type Word,
} from './stream-id.ts'
import { TrimOptions } from './trim-options.ts'

const WRONG_ARITY = new CommandError("ERR wrong number of arguments for 'xadd' command")
const ZERO_ID = new CommandError('ERR The ID specified in XADD must be greater than 0-0')
const LOW_ID = new CommandError(
  'ERR The ID specified in XADD is equal or smaller than the target stream top item',
)
const EXHAUSTED = new CommandError(
  'ERR The stream has exhausted the last possible ID, unable to add more items',
)
const TOO_LARGE = new CommandError('ERR Elements are too large to be stored')

/** XADD key [NOMKSTREAM] [MAXLEN|MINID [=|~] threshold [LIMIT count]] *|id field value ... */
export const xadd: Handler = ({ instance, database, form }, args) => {
  const { limits, clock } = instance
  const key = args[1] as string
  // The usual form has no options.
  const options = args[2] === '*' ? undefined : new TrimOptions(args, true)
  const idAt = options ? options.end : 2
  const wanted = readWantedId(args[idAt])
  const trim = options?.trim(limits)
  const firstField = idAt + 1
  const fieldCount = args.length - firstField
  if (fieldCount < 2 || fieldCount % 2 === 1) throw WRONG_ARITY
  if (wanted?.ms === 0 && wanted.seq === 0) throw ZERO_ID
  let stream = database.findOf(key, Stream)
  if (stream === undefined && options?.noMakeStream) return form.nil
  let textLength = 0
  for (let n = firstField; n < args.length; n++) textLength += (args[n] as string).length
  if (textLength > MAX_NODE_BYTES) throw TOO_LARGE
  stream ??= database.openOf(key, Stream)
  if (compareIds(stream.lastId, MAX_ID) === 0) throw EXHAUSTED
  const id = newId(stream, wanted, clock.now)
  if (id === undefined || compareIds(id, stream.lastId) <= 0) throw LOW_ID
  stream.append(id, args.slice(firstField), textLength, limits)
  const trimmed = trim !== undefined && stream.trim(trim) > 0
  database.changed(key, 't', 'xadd')
  if (trimmed) database.notify(key, 't', 'xtrim')
  return bulk(formatId(id))
}

/** An id whose sequence number the server chooses has none. */
interface WantedId {
  readonly ms: Word
  readonly seq: Word | undefined
}

/** Reads an id; undefined if the server chooses all of it. */
function readWantedId(text: string | undefined): WantedId | undefined {
  if (text === undefined || text === '*') return undefined
  const openMs = readOpenId(text)
  return openMs === undefined ? readId(text) : { ms: openMs, seq: undefined }
}

/** Returns the id of the next entry; undefined if there is none within its millisecond. */
function newId(stream: Stream, wanted: WantedId | undefined, now: number): StreamId | undefined {
  if (wanted === undefined) return stream.idAt(now)
  const { ms, seq } = wanted
  if (seq !== undefined) return { ms, seq }
  const { lastId } = stream
  if (lastId.ms !== ms) return { ms, seq: 0 }
  return lastId.seq === MAX_WORD ? undefined : { ms, seq: addToWord(lastId.seq, 1) }
}
