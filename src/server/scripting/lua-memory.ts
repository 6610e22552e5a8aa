import { latin1, writeLatin1 } from '../protocol/latin1.ts'
import type { LuaModule } from './lua-module.ts'

/** The memory of the engine, as bytes. */
export function memoryOf({ HEAPU8 }: LuaModule): Buffer {
  return Buffer.from(HEAPU8.buffer, HEAPU8.byteOffset, HEAPU8.length)
}

/** Writes a length and a text. Returns where they end. */
export function writeText(memory: Buffer, text: string, at: number): number {
  return writeLatin1(memory, text, memory.writeUInt32LE(text.length, at))
}

/** Size of keys and arguments as `writeGiven()` writes them, in bytes. */
export function sizeOfGiven(keys: readonly string[], args: readonly string[]): number {
  let size = 4
  for (const key of keys) size += 4 + key.length
  for (const arg of args) size += 4 + arg.length
  return size
}

/** Writes the keys and arguments that a chunk of Lua is given. */
export function writeGiven(
  memory: Buffer,
  keys: readonly string[],
  args: readonly string[],
  at: number,
): void {
  let end = memory.writeUInt32LE(keys.length + args.length, at)
  for (const key of keys) end = writeText(memory, key, end)
  for (const arg of args) end = writeText(memory, arg, end)
}

/** Reads the arguments of a call, after their number. */
export function readArgs(memory: Buffer, at: number, length: number): string[] {
  const args: string[] = []
  const end = at + length
  let next = at + 4
  while (next < end) {
    const begin = next + 4
    next = begin + memory.readUInt32LE(next)
    args.push(latin1(memory, begin, next))
  }
  return args
}
