import { CommandError, NOT_A_FLOAT, NOT_AN_INTEGER } from '../../command-error.ts'
import { addLongDoubles, formatLongDouble, readLongDouble } from '../../data/long-double.ts'
import { MAX_INTEGER, MIN_INTEGER, readInteger, readInteger64 } from '../../data/numbers.ts'
import { bulk } from '../../protocol/reply.ts'
import type { Handler } from '../command.ts'
import { Hash } from './hash.ts'

const VALUE_NOT_AN_INTEGER = new CommandError('ERR hash value is not an integer')
const VALUE_NOT_A_FLOAT = new CommandError('ERR hash value is not a float')
const OVERFLOW = new CommandError('ERR increment or decrement would overflow')
const INFINITE = new CommandError('ERR value is NaN or Infinity')
const INFINITE_SUM = new CommandError('ERR increment would produce NaN or Infinity')

export const hincrby: Handler = ({ database }, args) => {
  const key = args[1] as string
  const field = args[2] as string
  const increment = args[3] as string
  if (readInteger64(increment) === undefined) throw NOT_AN_INTEGER
  const hash = database.openOf(key, Hash)
  const sum = addIntegers(hash.get(field) ?? '0', increment)
  hash.set(field, sum)
  database.changed(key, 'h', 'hincrby')
  return `:${sum}\r\n`
}

/** @param increment an integer of 64 bits */
function addIntegers(value: string, increment: string): string {
  const sum = (readInteger(value) ?? Number.NaN) + (readInteger(increment) ?? Number.NaN)
  if (Number.isSafeInteger(sum)) return String(sum)
  const large = readInteger64(value)
  if (large === undefined) throw VALUE_NOT_AN_INTEGER
  const largeSum = large + BigInt(increment)
  if (largeSum > MAX_INTEGER || largeSum < MIN_INTEGER) throw OVERFLOW
  return String(largeSum)
}

export const hincrbyfloat: Handler = ({ database }, args) => {
  const key = args[1] as string
  const field = args[2] as string
  const increment = readLongDouble(args[3] as string)
  if (increment === undefined) throw NOT_A_FLOAT
  if (increment === 'infinity') throw INFINITE
  const hash = database.openOf(key, Hash)
  const value = readLongDouble(hash.get(field) ?? '0')
  if (value === undefined) throw VALUE_NOT_A_FLOAT
  const sum = addLongDoubles(value, increment)
  if (sum === 'infinity') throw INFINITE_SUM
  const text = formatLongDouble(sum)
  hash.set(field, text)
  database.changed(key, 'h', 'hincrbyfloat')
  return bulk(text)
}
