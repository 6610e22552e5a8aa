import { CommandError, SYNTAX_ERROR } from '../../command-error.ts'
import type { Value } from '../../data/entry.ts'
import { bulk, OK } from '../../protocol/reply.ts'
import { dumpValue, isDump, loadDump } from '../../rdb/dump-payload.ts'
import { RdbError } from '../../rdb/rdb-error.ts'
import type { Session } from '../../session.ts'
import { integer64Argument } from '../arguments/integer-arguments.ts'
import type { Handler } from '../command.ts'

const BUSY_KEY = new CommandError('BUSYKEY Target key name already exists.')
const NEGATIVE_TTL = new CommandError('ERR Invalid TTL value, must be >= 0')
const NEGATIVE_IDLE_TIME = new CommandError('ERR Invalid IDLETIME value, must be >= 0')
const BAD_FREQUENCY = new CommandError('ERR Invalid FREQ value, must be >= 0 and <= 255')
const WRONG_CHECKSUM = new CommandError('ERR DUMP payload version or checksum are wrong')
const BAD_FORMAT = new CommandError('ERR Bad data format')

export const dump: Handler = ({ database, form, instance }, args) => {
  const value = database.read(args[1] as string)
  return value === undefined ? form.nil : bulk(dumpValue(value, instance.limits))
}

interface RestoreOptions {
  replace: boolean
  /** The time is one since 1970. */
  absolute: boolean
  /** In seconds. */
  idleTime: number | undefined
  frequency: number | undefined
}

export const restore: Handler = (session, args) => {
  const { database, instance } = session
  const key = args[1] as string
  const options = readOptions(args)
  if (!options.replace && database.find(key) !== undefined) throw BUSY_KEY
  const ttl = Number(integer64Argument(args[2] as string))
  if (ttl < 0) throw NEGATIVE_TTL
  const value = load(session, args[3] as string)
  const { now } = instance.clock
  const at = options.absolute ? ttl : now + ttl
  const replaced = database.delete(key)
  if (ttl > 0 && at <= now) {
    if (replaced) database.changed(key, 'g', 'del')
    return OK
  }
  database.set(key, value)
  if (ttl > 0) database.setExpiry(key, at)
  setUse(session, key, options)
  database.changed(key, 'g', 'restore')
  return OK
}

function load({ instance }: Session, payload: string): Value {
  if (!isDump(payload)) throw WRONG_CHECKSUM
  try {
    return loadDump(payload, instance.limits)
  } catch (thrown) {
    throw thrown instanceof RdbError ? BAD_FORMAT : thrown
  }
}

function setUse({ database, instance }: Session, key: string, { idleTime, frequency }: RestoreOptions): void {
  const entry = database.peek(key)
  if (entry === undefined) return
  if (frequency !== undefined) entry.frequency = frequency
  if (idleTime !== undefined) entry.usedAt = instance.clock.now - 1_000 * idleTime
}

function readOptions(args: readonly string[]): RestoreOptions {
  const options: RestoreOptions = {
    replace: false,
    absolute: false,
    idleTime: undefined,
    frequency: undefined,
  }
  for (let n = 4; n < args.length; n++) {
    const name = (args[n] as string).toLowerCase()
    const value = args[n + 1]
    if (name === 'replace') options.replace = true
    else if (name === 'absttl') options.absolute = true
    else if (name === 'idletime' && value !== undefined && options.frequency === undefined) {
      options.idleTime = Number(integer64Argument(value))
      if (options.idleTime < 0) throw NEGATIVE_IDLE_TIME
      n++
    } else if (name === 'freq' && value !== undefined && options.idleTime === undefined) {
      options.frequency = Number(integer64Argument(value))
      if (options.frequency < 0 || options.frequency > 255) throw BAD_FREQUENCY
      n++
    } else throw SYNTAX_ERROR
  }
  return options
}
