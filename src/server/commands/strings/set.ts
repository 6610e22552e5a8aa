import { CommandError } from '../../command-error.ts'
import { stringLength, stringOf } from '../../data/entry.ts'
import { checkStringLength } from '../../data/string-length.ts'
import { bulk, integer, OK, ONE, ZERO } from '../../protocol/reply.ts'
import type { Session } from '../../session.ts'
import { indexArgument } from '../arguments/integer-arguments.ts'
import type { Handler } from '../command.ts'
import type { KeyUse } from '../key-specs.ts'
import { type ExpiryOption, expiryTime, setOptions } from './options.ts'

const OFFSET_OUT_OF_RANGE = new CommandError('ERR offset is out of range')

export const set: Handler = (session, args) => {
  if (args.length > 3) return setWithOptions(session, args)
  const { database } = session
  const key = args[1] as string
  database.set(key, args[2] as string)
  database.changed(key, '$', 'set')
  return OK
}

function setWithOptions(session: Session, args: readonly string[]): string {
  const { database, form } = session
  const key = args[1] as string
  const value = args[2] as string
  const { condition, get, expiry, time } = setOptions(args)
  const expires = expiry !== '' && expiry !== 'KEEPTTL' && expiry !== 'PERSIST'
  const at = expires ? expiryTime(session, 'set', expiry, time) : 0
  let reply = OK
  if (get) {
    const before = database.readString(key)
    reply = before === undefined ? form.nil : bulk(before)
  }
  if (condition !== '' && (database.find(key) === undefined) !== (condition === 'NX'))
    return get ? reply : form.nil
  if (expiry === 'KEEPTTL') database.replace(key, value)
  else database.set(key, value)
  if (expires) database.setExpiry(key, at)
  database.changed(key, '$', 'set')
  if (expires) database.notify(key, 'g', 'expire')
  return reply
}

/** The key of SET: it is read only with GET. */
export function setKeys(args: readonly string[]): readonly KeyUse[] {
  const isRead = args.some((arg, at) => at >= 3 && arg.toLowerCase() === 'get')
  return [{ key: args[1] as string, flags: isRead ? ['RW', 'access', 'update'] : ['OW', 'update'] }]
}

export const setnx: Handler = ({ database }, args) => {
  const key = args[1] as string
  if (database.find(key) !== undefined) return ZERO
  database.set(key, args[2] as string)
  database.changed(key, '$', 'set')
  return ONE
}

export const setex: Handler = (session, args) => setFor(session, 'setex', 'EX', args)

export const psetex: Handler = (session, args) => setFor(session, 'psetex', 'PX', args)

function setFor(session: Session, command: string, option: ExpiryOption, args: readonly string[]): string {
  const { database } = session
  const key = args[1] as string
  const at = expiryTime(session, command, option, args[2] as string)
  database.set(key, args[3] as string)
  database.setExpiry(key, at)
  database.changed(key, '$', 'set')
  database.notify(key, 'g', 'expire')
  return OK
}

export const getset: Handler = ({ database, form }, args) => {
  const key = args[1] as string
  const before = database.readString(key)
  database.set(key, args[2] as string)
  database.changed(key, '$', 'set')
  return before === undefined ? form.nil : bulk(before)
}

export const mset: Handler = (session, args) => {
  checkPairs('mset', args)
  setAll(session, args)
  return OK
}

/** Sets all keys, or none if one of them exists. */
export const msetnx: Handler = (session, args) => {
  checkPairs('msetnx', args)
  for (let n = 1; n < args.length; n += 2)
    if (session.database.find(args[n] as string) !== undefined) return ZERO
  setAll(session, args)
  return ONE
}

function checkPairs(command: string, args: readonly string[]): void {
  if (args.length % 2 === 0) throw new CommandError(`ERR wrong number of arguments for '${command}' command`)
}

function setAll({ database }: Session, args: readonly string[]): void {
  for (let n = 1; n < args.length; n += 2) {
    const key = args[n] as string
    database.set(key, args[n + 1] as string)
    database.changed(key, '$', 'set')
  }
}

export const append: Handler = ({ database }, args) => {
  const key = args[1] as string
  const entry = database.findEntry(key)
  const lengthBefore = entry === undefined ? 0 : stringLength(entry)
  const added = args[2] as string
  const length = lengthBefore + added.length
  checkStringLength(length)
  const bytes = entry?.editBytes(length)
  if (bytes) bytes.write(added, lengthBefore, 'latin1')
  else if (entry === undefined) database.set(key, added)
  else database.edit(key, (entry.value as string) + added)
  database.changed(key, '$', 'append')
  return integer(length)
}

/** Bytes between the end of the string and the offset are 0. */
export const setrange: Handler = ({ database }, args) => {
  const key = args[1] as string
  const offset = indexArgument(args[2] as string)
  const part = args[3] as string
  if (offset < 0) throw OFFSET_OUT_OF_RANGE
  const entry = database.findEntry(key)
  const lengthBefore = entry === undefined ? 0 : stringLength(entry)
  if (part === '') return integer(lengthBefore)
  const end = offset + part.length
  checkStringLength(end)
  const bytes = entry?.editBytes(end)
  if (bytes) {
    bytes.write(part, offset, 'latin1')
    database.changed(key, '$', 'setrange')
    return integer(bytes.length)
  }
  const before = stringOf(entry) ?? ''
  const begin =
    offset > before.length ? before + '\0'.repeat(offset - before.length) : before.slice(0, offset)
  const value = begin + part + before.slice(end)
  database.edit(key, value)
  database.changed(key, '$', 'setrange')
  return integer(value.length)
}
