import { CommandError } from '../../command-error.ts'
import type { Database } from '../../data/database.ts'
import { array, bulk, integer, ONE, simple, ZERO } from '../../protocol/reply.ts'
import type { Handler } from '../command.ts'
import { Sketch } from './sketch.ts'

const ABSENT = new CommandError('ERR The specified key does not exist')
const NOT_SPARSE = new CommandError('ERR HLL encoding is not sparse')

/** PFDEBUG GETREG, DECODE, ENCODING or TODENSE. */
export const pfdebug: Handler = ({ database }, args) => {
  const subcommand = args[1] as string
  const key = args[2] as string
  const text = database.findString(key)
  if (text === undefined) throw ABSENT
  const sketch = Sketch.from(text)
  switch (subcommand.toUpperCase()) {
    case 'GETREG':
      makeDense(database, key, sketch)
      return array(Array.from(sketch.values(), integer))
    case 'DECODE':
      return bulk(describeRuns(sketch))
    case 'ENCODING':
      return simple(sketch.isDense ? 'dense' : 'sparse')
    case 'TODENSE':
      return makeDense(database, key, sketch) ? ONE : ZERO
    default:
      throw new CommandError(`ERR Unknown PFDEBUG subcommand '${subcommand}'`)
  }
}

function makeDense(database: Database, key: string, sketch: Sketch): boolean {
  if (sketch.isDense) return false
  sketch.makeDense()
  // Not a change: it counts the same elements.
  database.replace(key, sketch.toString())
  return true
}

function describeRuns(sketch: Sketch): string {
  if (sketch.isDense) throw NOT_SPARSE
  const runs: string[] = []
  for (const { value, length, bytes } of sketch.runs)
    runs.push(value > 0 ? `v:${value},${length}` : `${bytes === 1 ? 'z' : 'Z'}:${length}`)
  return runs.join(' ')
}
