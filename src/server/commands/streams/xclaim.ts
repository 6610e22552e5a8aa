import { CommandError } from '../../command-error.ts'
import { readInteger64 } from '../../data/numbers.ts'
import type { Handler } from '../command.ts'
import { integerOr, noGroup } from './arguments.ts'
import type { Consumer } from './consumer-group.ts'
import { entryReply, idReply } from './entry-reply.ts'
import { Stream } from './stream.ts'
import { addToWord, compareIds, MIN_ID, readId, type StreamId, toWord, type Word } from './stream-id.ts'
import { openConsumer } from './xreadgroup.ts'

const NO_IDLE = new CommandError('ERR Invalid min-idle-time argument for XCLAIM')
const NO_IDLE_OPTION = new CommandError('ERR Invalid IDLE option argument for XCLAIM')
const NO_TIME_OPTION = new CommandError('ERR Invalid TIME option argument for XCLAIM')
const NO_COUNT_OPTION = new CommandError('ERR Invalid RETRYCOUNT option argument for XCLAIM')

/**
 * XCLAIM key group consumer min-idle-time id [id ...] [IDLE ms] [TIME ms] [RETRYCOUNT count]
 * [FORCE] [JUSTID] [LASTID id]
 */
export const xclaim: Handler = ({ instance, database }, args) => {
  const key = args[1] as string
  const { now } = instance.clock
  const stream = database.readOf(key, Stream)
  const group = stream?.groups.get(args[2] as string)
  if (!stream || !group) throw noGroup(key, args[2] as string)
  const minIdle = integerOr(NO_IDLE, args[4] as string)
  const options = new ClaimOptions(args, now)
  if (compareIds(options.lastId, group.lastId) > 0) group.lastId = options.lastId
  let consumer: Consumer | undefined
  let out = ''
  let claimed = 0
  for (const id of options.ids) {
    const entry = stream.entries.get(id)
    let pending = group.pending.get(id)
    if (!entry) {
      if (pending) {
        group.remove(pending)
        instance.stats.dirty++
      }
      continue
    }
    if (pending && minIdle > 0 && now - pending.deliveredAt < minIdle) continue
    if (!pending && options.force) pending = group.add(id, now)
    if (!pending) continue
    consumer ??= openConsumer({ instance, database }, key, group, args[3] as string)
    group.assign(pending, consumer)
    pending.deliveredAt = options.deliveredAt
    if (options.retryCount !== undefined) pending.deliveries = options.retryCount
    else if (!options.justId) pending.deliveries = addToWord(pending.deliveries, 1)
    out += options.justId ? idReply(id) : entryReply(entry)
    claimed++
  }
  instance.stats.dirty += claimed
  database.account(key)
  return `*${claimed}\r\n${out}`
}

/** Arguments after the minimum idle time of XCLAIM: ids, then options. */
class ClaimOptions {
  readonly ids: StreamId[] = []
  force = false
  justId = false
  lastId = MIN_ID
  /** In ms since 1970. */
  deliveredAt: number
  retryCount: Word | undefined
  readonly #now: number

  /** @throws CommandError */
  constructor(args: readonly string[], now: number) {
    this.#now = now
    this.deliveredAt = now
    let n = 5
    for (; n < args.length; n++) {
      const id = idOrOption(args[n] as string)
      if (!id) break
      this.ids.push(id)
    }
    while (n < args.length) n += this.#readOption(args, n)
  }

  /** Returns the number of its arguments. */
  #readOption(args: readonly string[], at: number): number {
    const option = args[at] as string
    const value = args[at + 1]
    const name = option.toLowerCase()
    if (name === 'force') this.force = true
    else if (name === 'justid') this.justId = true
    else if (value === undefined) throw unknownOption(option)
    else {
      this.#readValue(name, value, option)
      return 2
    }
    return 1
  }

  #readValue(name: string, value: string, option: string): void {
    if (name === 'idle') this.#deliverAt(this.#now - integerOr(NO_IDLE_OPTION, value))
    else if (name === 'time') this.#deliverAt(integerOr(NO_TIME_OPTION, value))
    else if (name === 'retrycount') {
      const count = readInteger64(value)
      if (count === undefined) throw NO_COUNT_OPTION
      this.retryCount = count < 0n ? undefined : toWord(count)
    } else if (name === 'lastid') this.lastId = readId(value)
    else throw unknownOption(option)
  }

  /** Times that cannot be are taken as now. */
  #deliverAt(time: number): void {
    this.deliveredAt = time < 0 || time > this.#now ? this.#now : time
  }
}

function idOrOption(text: string): StreamId | undefined {
  try {
    return readId(text)
  } catch {
    return undefined
  }
}

function unknownOption(option: string): CommandError {
  return new CommandError(`ERR Unrecognized XCLAIM option '${option}'`)
}
