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

/** Most bytes of the records of one call whose words are indexed: some 0.4 s of Redis. */
const MAX_SEARCHED_BYTES = 2 * 2 ** 20

/**
 * Refuses records whose texts would take Redis long. One record may have any.
 *
 * @throws OptionError
 */
export function checkSearched(model: string, records: readonly (readonly (string | Buffer)[])[]): void {
  if (records.length < 2) return
  const bytes = records.flat().reduce((sum, arg) => sum + Buffer.byteLength(arg), 0)
  if (bytes <= MAX_SEARCHED_BYTES) return
  const fits = Math.max(1, Math.floor((records.length * MAX_SEARCHED_BYTES) / bytes))
  throw new OptionError(
    `${model}: the ${records.length} records of this call have ${bytes} bytes with the words of their texts, and ` +
      `at most ${MAX_SEARCHED_BYTES} are one script: call it several times, with some ${fits} records each`,
  )
}
