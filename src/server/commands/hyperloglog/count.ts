import { integer, OK, ONE, ZERO } from '../../protocol/reply.ts'
import type { Session } from '../../session.ts'
import type { Handler } from '../command.ts'
import { observe, REGISTERS } from './registers.ts'
import { estimateValues, mergeValues, Sketch } from './sketch.ts'

/** Answers 1 if an estimate may have changed. */
export const pfadd: Handler = ({ database, instance }, args) => {
  const key = args[1] as string
  const before = database.findString(key)
  const sketch = before === undefined ? Sketch.empty() : Sketch.from(before)
  const maxSparseBytes = instance.config.number('hll-sparse-max-bytes')
  let changed = before === undefined
  for (let n = 2; n < args.length; n++) {
    const { index, value } = observe(args[n] as string)
    if (sketch.raise(index, value, maxSparseBytes)) changed = true
  }
  if (!changed) return ZERO
  sketch.dropEstimate()
  database.edit(key, sketch.toString())
  database.changed(key, '$', 'pfadd')
  return ONE
}

export const pfcount: Handler = (session, args) => {
  if (args.length > 2) return integer(estimateValues(union(session, args).values))
  const { database, instance } = session
  const key = args[1] as string
  const text = database.readString(key)
  if (text === undefined) return ZERO
  const sketch = Sketch.from(text)
  const stored = sketch.storedEstimate
  if (stored !== undefined) return integer(stored)
  const estimate = estimateValues(sketch.values())
  sketch.storeEstimate(estimate)
  // A change of the string without a keyspace notification, as in Redis.
  database.edit(key, sketch.toString())
  instance.changed(database, key)
  return integer(estimate)
}

/** The key that it stores is one of the sources, if it exists. */
export const pfmerge: Handler = (session, args) => {
  const { database, instance } = session
  const key = args[1] as string
  const { values, isDense } = union(session, args)
  const before = database.findString(key)
  const sketch = before === undefined ? Sketch.empty() : Sketch.from(before)
  if (isDense) sketch.makeDense()
  const maxSparseBytes = instance.config.number('hll-sparse-max-bytes')
  for (let n = 0; n < REGISTERS; n++)
    if (values[n] !== 0) sketch.raise(n, values[n] as number, maxSparseBytes)
  sketch.dropEstimate()
  database.edit(key, sketch.toString())
  database.changed(key, '$', 'pfadd')
  return OK
}

interface Union {
  readonly values: Uint8Array
  /** One of them is dense. */
  readonly isDense: boolean
}

/** Merges all keys of a request. */
function union({ database }: Session, args: readonly string[]): Union {
  const values = new Uint8Array(REGISTERS)
  let isDense = false
  for (let n = 1; n < args.length; n++) {
    const text = database.readString(args[n] as string)
    if (text === undefined) continue
    const sketch = Sketch.from(text)
    mergeValues(values, sketch.values())
    isDense ||= sketch.isDense
  }
  return { values, isDense }
}
