import { CommandError } from '../../command-error.ts'
import { ONE, ZERO } from '../../protocol/reply.ts'
import type { Handler } from '../command.ts'
import { bitOffset, withBit } from './bit-offset.ts'

const NO_BIT = new CommandError('ERR bit is not an integer or out of range')

export const getbit: Handler = ({ database }, args) => {
  const offset = bitOffset(args[2] as string)
  const value = database.readString(args[1] as string) ?? ''
  const at = Math.floor(offset / 8)
  return at < value.length && value.charCodeAt(at) & (128 >> (offset % 8)) ? ONE : ZERO
}

/** Answers the bit before. */
export const setbit: Handler = ({ database }, args) => {
  const key = args[1] as string
  const offset = bitOffset(args[2] as string)
  const on = args[3]
  if (on !== '0' && on !== '1') throw NO_BIT
  const before = database.findString(key) ?? ''
  const value = withBit(before, offset)
  const at = Math.floor(offset / 8)
  const byte = value.charCodeAt(at)
  const mask = 128 >> (offset % 8)
  const bit = byte & mask ? '1' : '0'
  if (bit !== on || value.length > before.length) {
    const changed = String.fromCharCode(on === '1' ? byte | mask : byte & ~mask)
    database.edit(key, value.slice(0, at) + changed + value.slice(at + 1))
    database.changed(key, '$', 'setbit')
  } else database.edit(key, before)
  return bit === '1' ? ONE : ZERO
}
