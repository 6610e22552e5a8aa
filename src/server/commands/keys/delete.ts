import { integer } from '../../protocol/reply.ts'
import type { Handler } from '../command.ts'

/** DEL and UNLINK: memory is freed by the garbage collector in either case. */
export const del: Handler = ({ database }, args) => {
  let deleted = 0
  for (let n = 1; n < args.length; n++) {
    const key = args[n] as string
    if (!database.delete(key)) continue
    deleted++
    database.changed(key, 'g', 'del')
  }
  return integer(deleted)
}

/** Counts a key as often as it is given. */
export const exists: Handler = ({ database }, args) => {
  let found = 0
  for (let n = 1; n < args.length; n++) if (database.inspect(args[n] as string) !== undefined) found++
  return integer(found)
}

export const touch: Handler = ({ database }, args) => {
  let found = 0
  for (let n = 1; n < args.length; n++) if (database.read(args[n] as string) !== undefined) found++
  return integer(found)
}
