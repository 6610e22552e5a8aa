import { OptionError } from '../../errors.ts'
import { show } from '../../options/show.ts'

/** Most records of one call, which is one script. */
const MAX_BATCH = 5_000

/** Returns the items of one call as an array. @throws OptionError */
export function batchOf<T>(method: string, items: Iterable<T>): T[] {
  if (typeof items !== 'object' || items === null || !(Symbol.iterator in items))
    throw new OptionError(`${method} takes an array; got ${show(items)}`)
  const all = [...items]
  if (all.length <= MAX_BATCH) return all
  throw new OptionError(
    `${method} takes at most ${MAX_BATCH} at a time, since it is one script; got ${all.length}: call it several times`,
  )
}
