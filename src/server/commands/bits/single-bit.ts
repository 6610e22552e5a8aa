import { CommandError } from '../../command-error.ts'
import { stringOf } from '../../data/entry.ts'
import { ONE, ZERO } from '../../protocol/reply.ts'
import type { Handler } from '../command.ts'
import { bitOffset, lengthWithBit, withBit } from './bit-offset.ts'

const NO_BIT = new CommandError('ERR bit is not an integer or out of range')

export const getbit: Handler = ({ database }, args) => {
  const offset = bitOffset(args[2] as string)
  const entry = database.readEntry(args[1] as string)
  const at = Math.floor(offset / 8)
  const byte = entry?.editedBytes ? entry.editedBytes[at] : (stringOf(entry) ?? '').charCodeAt(at)
  // Behind the end there are zeros.
  return ((byte ?? 0) & (128 >> (offset % 8))) !== 0 ? ONE : ZERO
}

/** Answers the bit before. */
export const setbit: Handler = ({ database }, args) => {
  const key = args[1] as string
  const offset = bitOffset(args[2] as string)
  const on = args[3]
  if (on !== '0' && on !== '1') throw NO_BIT
  const entry = database.findEntry(key)
  const at = Math.floor(offset / 8)
  const mask = 128 >> (offset % 8)
  const lengthBefore = entry?.length ?? 0
  const bytes = entry?.editBytes(lengthWithBit(offset))
  if (bytes) {
    const byte = bytes[at] as number
    const next = on === '1' ? byte | mask : byte & ~mask
    bytes[at] = next
    if (next !== byte || bytes.length > lengthBefore) database.changed(key, '$', 'setbit')
    return byte & mask ? ONE : ZERO
  }
  const before = stringOf(entry) ?? ''
  const value = withBit(before, offset)
  const byte = value.charCodeAt(at)
  const bit = byte & mask ? '1' : '0'
  if (bit !== on || value.length > before.length) {
    const changed = String.fromCharCode(on === '1' ? byte | mask : byte & ~mask)
    database.edit(key, value.slice(0, at) + changed + value.slice(at + 1))
    database.changed(key, '$', 'setbit')
  } else database.edit(key, before)
  return bit === '1' ? ONE : ZERO
}
