import { latin1 } from '../protocol/latin1.ts'
import type { LuaModule } from './lua-module.ts'

/** The memory of the engine, as bytes. */
export function memoryOf({ HEAPU8 }: LuaModule): Buffer {
  return Buffer.from(HEAPU8.buffer, HEAPU8.byteOffset, HEAPU8.length)
}

/** Writes a length and a text. Returns where they end. */
export function writeText(memory: Buffer, text: string, at: number): number {
  const begin = memory.writeUInt32LE(text.length, at)
  return begin + memory.write(text, begin, 'latin1')
}

/** Reads the arguments of a call, after their number. */
export function readArgs(memory: Buffer, at: number, length: number): string[] {
  const args: string[] = []
  const end = at + length
  let next = at + 4
  while (next < end) {
    const size = memory.readUInt32LE(next)
    next += 4
    args.push(latin1(memory, next, next + size))
    next += size
  }
  return args
}
