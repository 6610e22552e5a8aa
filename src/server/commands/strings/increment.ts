import { CommandError, NOT_A_FLOAT } from '../../command-error.ts'
import { addLongDoubles, formatLongDouble, readLongDouble } from '../../data/long-double.ts'
import { MAX_INTEGER, MIN_INTEGER, readInteger } from '../../data/numbers.ts'
import { bulk } from '../../protocol/reply.ts'
import type { Session } from '../../session.ts'
import { integer64Argument } from '../arguments/integer-arguments.ts'
import type { Handler } from '../command.ts'

const OVERFLOW = new CommandError('ERR increment or decrement would overflow')
const DECREMENT_OVERFLOW = new CommandError('ERR decrement would overflow')
const NOT_FINITE = new CommandError('ERR increment would produce NaN or Infinity')

export const incr: Handler = (session, args) => add(session, args[1] as string, 1)

export const decr: Handler = (session, args) => add(session, args[1] as string, -1)

export const incrby: Handler = (session, args) => {
  const key = args[1] as string
  const text = args[2] as string
  const by = readInteger(text)
  return by === undefined ? addLarge(session, key, integer64Argument(text)) : add(session, key, by)
}

export const decrby: Handler = (session, args) => {
  const key = args[1] as string
  const text = args[2] as string
  const by = readInteger(text)
  if (by !== undefined) return add(session, key, -by)
  const large = integer64Argument(text)
  if (large === MIN_INTEGER) throw DECREMENT_OVERFLOW
  return addLarge(session, key, -large)
}

function add(session: Session, key: string, by: number): string {
  const before = session.database.findString(key)
  const number = before === undefined ? 0 : readInteger(before)
  // A sum that a number holds exactly was calculated exactly.
  if (number === undefined || !Number.isSafeInteger(number + by)) return addLarge(session, key, BigInt(by))
  return store(session, key, String(number + by))
}

/** Adds where 53 bits may not be enough. */
function addLarge(session: Session, key: string, by: bigint): string {
  const sum = integer64Argument(session.database.findString(key) ?? '0') + by
  if (sum > MAX_INTEGER || sum < MIN_INTEGER) throw OVERFLOW
  return store(session, key, String(sum))
}

function store({ database }: Session, key: string, sum: string): string {
  database.replace(key, sum)
  database.changed(key, '$', 'incrby')
  return `:${sum}\r\n`
}

export const incrbyfloat: Handler = ({ database }, args) => {
  const key = args[1] as string
  const before = readLongDouble(database.findString(key) ?? '0')
  const by = readLongDouble(args[2] as string)
  if (before === undefined || by === undefined) throw NOT_A_FLOAT
  const sum = addLongDoubles(before, by)
  if (sum === 'infinity') throw NOT_FINITE
  const text = formatLongDouble(sum)
  database.replace(key, text)
  database.changed(key, '$', 'incrbyfloat')
  return bulk(text)
}
