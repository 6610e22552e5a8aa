import { CommandError } from '../../command-error.ts'
import { integer, OK, ONE, ZERO } from '../../protocol/reply.ts'
import { integer64Argument } from '../arguments/integer-arguments.ts'
import type { Handler } from '../command.ts'
import { subcommandError } from '../help-reply.ts'
import { type ConsumerGroup, UNKNOWN_COUNT } from './consumer-group.ts'
import { Stream } from './stream.ts'
import { MIN_ID, readBound, readId, toWord, type Word } from './stream-id.ts'

const NO_KEY = new CommandError(
  'ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the ' +
    'MKSTREAM option to create an empty stream automatically.',
)
const GROUP_EXISTS = new CommandError('BUSYGROUP Consumer Group name already exists')
const NEGATIVE_COUNT = new CommandError('ERR value for ENTRIESREAD must be positive or -1')

/** XGROUP CREATE key group id|$ [MKSTREAM] [ENTRIESREAD count] */
export const xgroupCreate: Handler = ({ instance, database }, args) => {
  const key = args[2] as string
  const name = args[3] as string
  const text = args[4] as string
  const { entriesRead, makeStream } = readOptions(args, true)
  const found = database.findOf(key, Stream)
  if (!found && !makeStream) throw NO_KEY
  checkLength(args, args.length <= 8)
  const id = text === '$' ? (found?.lastId ?? MIN_ID) : readId(text)
  const stream = found ?? database.openOf(key, Stream)
  if (!stream.createGroup(name, id, entriesRead)) throw GROUP_EXISTS
  if (found) {
    instance.stats.dirty++
    database.account(key)
    database.notify(key, 't', 'xgroup-create')
  } else database.changed(key, 't', 'xgroup-create')
  return OK
}

/** XGROUP SETID key group id|$ [ENTRIESREAD count] */
export const xgroupSetId: Handler = ({ instance, database }, args) => {
  const key = args[2] as string
  const text = args[4] as string
  const { entriesRead } = readOptions(args, false)
  const stream = database.findOf(key, Stream)
  if (!stream) throw NO_KEY
  const group = groupOf(stream, key, args[3] as string)
  checkLength(args, args.length === 5 || args.length === 7)
  group.lastId = text === '$' ? stream.lastId : readBound(text, 0)
  group.entriesRead = entriesRead
  instance.stats.dirty++
  database.notify(key, 't', 'xgroup-setid')
  return OK
}

/** XGROUP DESTROY key group */
export const xgroupDestroy: Handler = ({ instance, database }, args) => {
  const key = args[2] as string
  const stream = database.findOf(key, Stream)
  if (!stream) throw NO_KEY
  if (!stream.deleteGroup(args[3] as string)) return ZERO
  instance.stats.dirty++
  database.account(key)
  database.notify(key, 't', 'xgroup-destroy')
  // Consumers that wait for entries of the group are told that it is gone.
  instance.blocked.changed(database, key)
  return ONE
}

/** XGROUP CREATECONSUMER key group consumer */
export const xgroupCreateConsumer: Handler = ({ instance, database }, args) => {
  const key = args[2] as string
  const stream = database.findOf(key, Stream)
  if (!stream) throw NO_KEY
  const group = groupOf(stream, key, args[3] as string)
  const name = args[4] as string
  if (group.consumers.has(name)) return ZERO
  group.createConsumer(name, instance.clock.now)
  instance.stats.dirty++
  database.account(key)
  database.notify(key, 't', 'xgroup-createconsumer')
  return ONE
}

/** XGROUP DELCONSUMER key group consumer */
export const xgroupDeleteConsumer: Handler = ({ instance, database }, args) => {
  const key = args[2] as string
  const stream = database.findOf(key, Stream)
  if (!stream) throw NO_KEY
  const group = groupOf(stream, key, args[3] as string)
  const consumer = group.consumers.get(args[4] as string)
  if (!consumer) return ZERO
  const pending = consumer.pending.size
  group.deleteConsumer(consumer)
  instance.stats.dirty++
  database.account(key)
  database.notify(key, 't', 'xgroup-delconsumer')
  return integer(pending)
}

/** Returns a group. @throws CommandError NOGROUP */
function groupOf(stream: Stream, key: string, name: string): ConsumerGroup {
  const group = stream.groups.get(name)
  if (!group) throw new CommandError(`NOGROUP No such consumer group '${name}' for key name '${key}'`)
  return group
}

function readOptions(args: readonly string[], ofCreate: boolean): { entriesRead: Word; makeStream: boolean } {
  let entriesRead: Word = UNKNOWN_COUNT
  let makeStream = false
  for (let n = 5; n < args.length; n++) {
    const option = (args[n] as string).toLowerCase()
    if (ofCreate && option === 'mkstream') makeStream = true
    else if (option === 'entriesread' && n + 1 < args.length) entriesRead = readCount(args[++n] as string)
    else throw subcommandError('XGROUP', args[1] as string)
  }
  return { entriesRead, makeStream }
}

/** Redis bounds the number of arguments, and thereby how often an option is repeated. */
function checkLength(args: readonly string[], isRight: boolean): void {
  if (!isRight) throw subcommandError('XGROUP', args[1] as string)
}

function readCount(text: string): Word {
  const count = integer64Argument(text)
  if (count < -1n) throw NEGATIVE_COUNT
  return toWord(count)
}
