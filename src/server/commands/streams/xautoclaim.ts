import { CommandError, SYNTAX_ERROR, WRONG_TYPE } from '../../command-error.ts'
import type { Value } from '../../data/entry.ts'
import { arrayHeader } from '../../protocol/reply.ts'
import type { Handler } from '../command.ts'
import { integerOr, noGroup } from './arguments.ts'
import type { Consumer, Pending } from './consumer-group.ts'
import { entryReply, idReply } from './entry-reply.ts'
import { Stream } from './stream.ts'
import { addToWord, MIN_ID, readIntervalStart } from './stream-id.ts'
import { openConsumer } from './xreadgroup.ts'

const NO_IDLE = new CommandError('ERR Invalid min-idle-time argument for XAUTOCLAIM')
const NO_COUNT = new CommandError('ERR COUNT must be > 0')
const DEFAULT_COUNT = 100
const MAX_COUNT = 2 ** 59
/** How many pending entries are looked at for each one that is to be claimed. */
const ATTEMPTS = 10

/** XAUTOCLAIM key group consumer min-idle-time start [COUNT count] [JUSTID] */
export const xautoclaim: Handler = ({ instance, database }, args) => {
  const key = args[1] as string
  const { now } = instance.clock
  const found = database.read(key)
  const minIdle = integerOr(NO_IDLE, args[4] as string)
  const start = readIntervalStart(args[5] as string)
  const { count, justId } = readOptions(args)
  const stream = streamOf(found)
  const group = stream?.groups.get(args[2] as string)
  if (!stream || !group) throw noGroup(key, args[2] as string)
  const cursor = group.pending.from(start)
  const gone: Pending[] = []
  let consumer: Consumer | undefined
  let out = ''
  let claimed = 0
  for (let attempts = count * ATTEMPTS; attempts > 0 && claimed + gone.length < count; attempts--) {
    const pending = cursor.next()
    if (!pending) break
    const entry = stream.entries.get(pending)
    if (!entry) {
      gone.push(pending)
      continue
    }
    if (minIdle > 0 && now - pending.deliveredAt < minIdle) continue
    consumer ??= openConsumer({ instance, database }, key, group, args[3] as string)
    group.assign(pending, consumer)
    pending.deliveredAt = now
    if (!justId) pending.deliveries = addToWord(pending.deliveries, 1)
    out += justId ? idReply(pending) : entryReply(entry)
    claimed++
  }
  const next = idReply(cursor.peek() ?? MIN_ID)
  let goneIds = arrayHeader(gone.length)
  for (const pending of gone) {
    group.remove(pending)
    goneIds += idReply(pending)
  }
  instance.stats.dirty += claimed + gone.length
  database.account(key)
  return `*3\r\n${next}*${claimed}\r\n${out}${goneIds}`
}

/** @throws CommandError WRONGTYPE */
function streamOf(value: Value | undefined): Stream | undefined {
  if (value === undefined || value instanceof Stream) return value
  throw WRONG_TYPE
}

function readOptions(args: readonly string[]): { count: number; justId: boolean } {
  let count = DEFAULT_COUNT
  let justId = false
  for (let n = 6; n < args.length; n++) {
    const option = (args[n] as string).toLowerCase()
    if (option === 'justid') justId = true
    else if (option === 'count' && n + 1 < args.length) {
      count = integerOr(NO_COUNT, args[++n] as string)
      if (count < 1 || count >= MAX_COUNT) throw NO_COUNT
    } else throw SYNTAX_ERROR
  }
  return { count, justId }
}
