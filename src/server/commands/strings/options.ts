import { CommandError, SYNTAX_ERROR } from '../../command-error.ts'
import { MAX_INTEGER, readInteger } from '../../data/numbers.ts'
import type { Session } from '../../session.ts'
import { integer64Argument } from '../arguments/integer-arguments.ts'

/** Options that give an expiry: in s or in ms, from now or since 1970. */
export type ExpiryOption = 'EX' | 'PX' | 'EXAT' | 'PXAT'

/** The options of SET and GETEX. */
export interface StringOptions {
  condition: '' | 'NX' | 'XX'
  get: boolean
  /** Options of which only one may be given. */
  expiry: '' | 'KEEPTTL' | 'PERSIST' | ExpiryOption
  /** The argument of an ExpiryOption. */
  time: string
}

const SET_OPTIONS = new Set(['NX', 'XX', 'GET', 'KEEPTTL', 'EX', 'PX', 'EXAT', 'PXAT'])
const GETEX_OPTIONS = new Set(['PERSIST', 'EX', 'PX', 'EXAT', 'PXAT'])

/** @throws CommandError */
export function setOptions(args: readonly string[]): StringOptions {
  return readOptions(args, 3, SET_OPTIONS)
}

/** @throws CommandError */
export function getexOptions(args: readonly string[]): StringOptions {
  return readOptions(args, 2, GETEX_OPTIONS)
}

function readOptions(args: readonly string[], from: number, allowed: ReadonlySet<string>): StringOptions {
  const options: StringOptions = { condition: '', get: false, expiry: '', time: '' }
  for (let at = from; at < args.length; at++) {
    const name = (args[at] as string).toUpperCase()
    if (!allowed.has(name)) throw SYNTAX_ERROR
    if (name === 'GET') options.get = true
    else if (name === 'NX' || name === 'XX') {
      if (options.condition !== '' && options.condition !== name) throw SYNTAX_ERROR
      options.condition = name
    } else {
      // One that is repeated counts by its last argument, as in Redis.
      if (options.expiry !== '' && options.expiry !== name) throw SYNTAX_ERROR
      options.expiry = name as StringOptions['expiry']
      if (name === 'KEEPTTL' || name === 'PERSIST') continue
      if (++at === args.length) throw SYNTAX_ERROR
      options.time = args[at] as string
    }
  }
  return options
}

/** Times below it, in s or ms, need no integers of 64 bits. */
const SMALL_TIME = 2 ** 42

/**
 * Returns when a key expires, in ms since 1970.
 *
 * @param command name in lower case, for the error
 * @throws CommandError if the time is no integer, is not above 0, or overflows
 */
export function expiryTime(session: Session, command: string, option: ExpiryOption, text: string): number {
  const unit = option === 'EX' || option === 'EXAT' ? 1_000 : 1
  const begin = option === 'EX' || option === 'PX' ? session.instance.clock.now : 0
  const small = readInteger(text)
  if (small !== undefined && small > 0 && small < SMALL_TIME) return begin + small * unit
  const large = integer64Argument(text)
  const at = BigInt(begin) + large * BigInt(unit)
  if (large <= 0n || at > MAX_INTEGER)
    throw new CommandError(`ERR invalid expire time in '${command}' command`)
  return Number(at)
}
