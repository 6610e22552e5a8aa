import { CommandError, SYNTAX_ERROR } from '../../command-error.ts'
import type { Database } from '../../data/database.ts'
import { stringOf } from '../../data/entry.ts'
import { readInteger } from '../../data/numbers.ts'
import { latin1 } from '../../protocol/latin1.ts'
import { arrayHeader, integer } from '../../protocol/reply.ts'
import type { Session } from '../../session.ts'
import { integer64Argument } from '../arguments/integer-arguments.ts'
import type { Handler } from '../command.ts'
import type { KeyUse } from '../key-specs.ts'
import { integerOffset, lengthWithBit, withBit } from './bit-offset.ts'
import { addInteger, type IntegerType, type Overflow, readBits, writeBits } from './bitfield-integers.ts'

interface Operation {
  readonly name: 'GET' | 'SET' | 'INCRBY'
  readonly type: IntegerType
  /** In bits. */
  readonly offset: number
  /** The value that is set or added. */
  readonly value: bigint
  readonly overflow: Overflow
}

const BAD_TYPE = new CommandError(
  'ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.',
)
const BAD_OVERFLOW = new CommandError('ERR Invalid OVERFLOW type specified')
const ONLY_GET = new CommandError('ERR BITFIELD_RO only supports the GET subcommand')

/** Bytes that an integer may cover. */
const MAX_BYTES = 9

/** Reads and writes integers of any width in a string. */
export const bitfield: Handler = (session, args) => {
  const operations = readOperations(args)
  const key = args[1] as string
  return operations.every(isGet)
    ? readAll(session.database, key, operations)
    : runAll(session, key, operations)
}

export const bitfieldRo: Handler = ({ database }, args) => {
  const operations = readOperations(args)
  if (!operations.every(isGet)) throw ONLY_GET
  return readAll(database, args[1] as string, operations)
}

/** The key of BITFIELD: it is written only if an operation may write. */
export function bitfieldKeys(args: readonly string[]): readonly KeyUse[] {
  let at = 2
  for (; at < args.length; at++) {
    const left = args.length - at - 1
    const name = args[at]?.toLowerCase()
    if (name === 'get' && left >= 2) at += 2
    else if (name === 'overflow' && left >= 1) at++
    else break
  }
  const flags = at < args.length ? ['RW', 'access', 'update'] : ['RO', 'access']
  return [{ key: args[1] as string, flags }]
}

function isGet({ name }: Operation): boolean {
  return name === 'GET'
}

function readOperations(args: readonly string[]): Operation[] {
  const operations: Operation[] = []
  let overflow: Overflow = 'WRAP'
  for (let at = 2; at < args.length; ) {
    const name = (args[at] as string).toUpperCase()
    const left = args.length - at - 1
    if (name === 'OVERFLOW' && left >= 1) {
      overflow = overflowArgument(args[at + 1] as string)
      at += 2
      continue
    }
    const isRead = name === 'GET' && left >= 2
    if (!isRead && !((name === 'SET' || name === 'INCRBY') && left >= 3)) throw SYNTAX_ERROR
    const type = typeArgument(args[at + 1] as string)
    const offset = integerOffset(args[at + 2] as string, type.bits)
    const value = isRead ? 0n : integer64Argument(args[at + 3] as string)
    operations.push({ name: name as Operation['name'], type, offset, value, overflow })
    at += isRead ? 3 : 4
  }
  return operations
}

function overflowArgument(text: string): Overflow {
  const overflow = text.toUpperCase()
  if (overflow === 'WRAP' || overflow === 'SAT' || overflow === 'FAIL') return overflow
  throw BAD_OVERFLOW
}

function typeArgument(text: string): IntegerType {
  const sign = text[0]
  const bits = readInteger(text.slice(1)) ?? 0
  if ((sign !== 'i' && sign !== 'u') || bits < 1 || bits > (sign === 'i' ? 64 : 63)) throw BAD_TYPE
  return { signed: sign === 'i', bits }
}

function readAll(database: Database, key: string, operations: readonly Operation[]): string {
  const entry = database.readEntry(key)
  const edited = entry?.editedBytes
  const value = edited ? '' : (stringOf(entry) ?? '')
  let out = arrayHeader(operations.length)
  for (const { type, offset } of operations) {
    const first = Math.floor(offset / 8)
    const end = first + MAX_BYTES
    const bytes = edited?.subarray(first, end) ?? Buffer.from(value.slice(first, end), 'latin1')
    out += integer(readBits(bytes, offset % 8, type))
  }
  return out
}

function runAll({ database, form }: Session, key: string, operations: readonly Operation[]): string {
  const entry = database.findEntry(key)
  const lengthBefore = entry?.length ?? 0
  const lastBit = lastBitWritten(operations)
  const inPlace = entry?.editBytes(lengthWithBit(lastBit))
  const bytes = inPlace ?? Buffer.from(withBit(stringOf(entry) ?? '', lastBit), 'latin1')
  // Bytes are added for a write that fails, too, but nobody is told.
  const isLonger = bytes.length > lengthBefore
  let changed = false
  let out = arrayHeader(operations.length)
  for (const { name, type, offset, value: argument, overflow } of operations) {
    const old = readBits(bytes, offset, type)
    if (name === 'GET') {
      out += integer(old)
      continue
    }
    // An unsigned type takes the 64 bits of a negative argument.
    const wanted = type.signed ? argument : BigInt.asUintN(64, argument)
    const next =
      name === 'SET' ? addInteger(wanted, 0n, type, overflow) : addInteger(old, argument, type, overflow)
    if (next === undefined) {
      out += form.nil
      continue
    }
    out += integer(name === 'SET' ? old : next)
    changed ||= isLonger || next !== old
    writeBits(bytes, offset, type, next)
  }
  if (!inPlace) database.edit(key, latin1(bytes, 0, bytes.length))
  if (changed) database.changed(key, '$', 'setbit')
  return out
}

function lastBitWritten(operations: readonly Operation[]): number {
  let last = 0
  for (const { name, type, offset } of operations)
    if (name !== 'GET') last = Math.max(last, offset + type.bits - 1)
  return last
}
