import { CommandError, SYNTAX_ERROR } from '../../command-error.ts'
import { latin1 } from '../../protocol/latin1.ts'
import { integer } from '../../protocol/reply.ts'
import type { Handler } from '../command.ts'

type Combine = (into: Buffer, from: Buffer) => void

/** Combines bytes; strings that are shorter than others end with zeros. */
const COMBINE: Record<string, Combine> = {
  AND: (into, from) => {
    for (let n = 0; n < from.length; n++) into[n] = (into[n] as number) & (from[n] as number)
    into.fill(0, from.length)
  },
  OR: (into, from) => {
    for (let n = 0; n < from.length; n++) into[n] = (into[n] as number) | (from[n] as number)
  },
  XOR: (into, from) => {
    for (let n = 0; n < from.length; n++) into[n] = (into[n] as number) ^ (from[n] as number)
  },
}

/** Answers the length of the result, which is the length of the longest string. */
export const bitop: Handler = ({ database }, args) => {
  const operation = (args[1] as string).toUpperCase()
  const combine = COMBINE[operation]
  if (combine === undefined && operation !== 'NOT') throw SYNTAX_ERROR
  if (combine === undefined && args.length !== 4)
    throw new CommandError('ERR BITOP NOT must be called with a single source key.')
  const target = args[2] as string
  const sources: string[] = []
  let length = 0
  for (let n = 3; n < args.length; n++) {
    const source = database.readString(args[n] as string) ?? ''
    sources.push(source)
    length = Math.max(length, source.length)
  }
  if (length === 0) {
    if (database.delete(target)) database.changed(target, 'g', 'del')
    return integer(0)
  }
  const result = Buffer.alloc(length)
  result.write(sources[0] as string, 'latin1')
  if (combine) for (const source of sources.slice(1)) combine(result, Buffer.from(source, 'latin1'))
  else for (let n = 0; n < length; n++) result[n] = ~(result[n] as number)
  const value = latin1(result, 0, length)
  database.set(target, value)
  database.edit(target, value)
  database.changed(target, '$', 'set')
  return integer(length)
}
