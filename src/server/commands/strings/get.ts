import { stringLength, stringOf } from '../../data/entry.ts'
import { latin1 } from '../../protocol/latin1.ts'
import { bulk, EMPTY_BULK, integer, ZERO } from '../../protocol/reply.ts'
import { indexArgument } from '../arguments/integer-arguments.ts'
import type { Handler } from '../command.ts'
import { expiryTime, getexOptions } from './options.ts'

export const get: Handler = ({ database, form }, args) => {
  const value = database.readString(args[1] as string)
  return value === undefined ? form.nil : bulk(value)
}

/** Keys of other types count as absent. */
export const mget: Handler = ({ database, form }, args) => {
  let out = `*${args.length - 1}\r\n`
  for (let n = 1; n < args.length; n++) {
    const value = database.read(args[n] as string)
    out += typeof value === 'string' ? bulk(value) : form.nil
  }
  return out
}

export const getdel: Handler = ({ database, form }, args) => {
  const key = args[1] as string
  const value = database.readString(key)
  if (value === undefined) return form.nil
  database.delete(key)
  database.changed(key, 'g', 'del')
  return bulk(value)
}

export const getex: Handler = (session, args) => {
  const { database, form, instance } = session
  const key = args[1] as string
  const { expiry, time } = getexOptions(args)
  const value = database.readString(key)
  if (value === undefined) return form.nil
  if (expiry === 'PERSIST') {
    if (database.persist(key)) database.changed(key, 'g', 'persist')
  } else if (expiry !== '' && expiry !== 'KEEPTTL') {
    const at = expiryTime(session, 'getex', expiry, time)
    if (at <= instance.clock.now) {
      database.delete(key)
      database.changed(key, 'g', 'del')
    } else {
      database.setExpiry(key, at)
      database.changed(key, 'g', 'expire')
    }
  }
  return bulk(value)
}

export const strlen: Handler = ({ database }, args) => {
  const entry = database.readEntry(args[1] as string)
  return entry === undefined ? ZERO : integer(stringLength(entry))
}

/** Negative positions count from the end. */
export const getrange: Handler = ({ database }, args) => {
  const first = indexArgument(args[2] as string)
  const last = indexArgument(args[3] as string)
  const entry = database.readEntry(args[1] as string)
  const bytes = entry?.editedBytes
  const value = bytes ? '' : (stringOf(entry) ?? '')
  const length = bytes?.length ?? value.length
  // Both may be before the begin, where they would become 0.
  if (first < 0 && last < 0 && first > last) return EMPTY_BULK
  const start = Math.max(0, first < 0 ? length + first : first)
  const end = Math.max(0, last < 0 ? length + last : last)
  if (start > end || start >= length) return EMPTY_BULK
  const part = bytes ? latin1(bytes, start, Math.min(length, end + 1)) : value.slice(start, end + 1)
  return bulk(part)
}
