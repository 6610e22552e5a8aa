import { Lazy } from '../../lazy.ts'

/**
 * Thrown where a run reads what is not there yet: a lazy value that is not loaded, the text of a
 * fragment that is not fetched. It ends the statement; what was missing is noted before it is
 * thrown, so that a filter which swallows exceptions cannot hide it. Not an `Error`: a stack trace
 * would cost more than the page.
 */
export const CUT = Object.freeze({ toString: () => 'a run of the template was cut' })

/**
 * Stands for a value that a cut statement would have set, returned or imported. Reading it cuts
 * again. A kind of {@link Lazy}, so that compiled code tests for one class alone.
 */
export const UNKNOWN: Lazy<never> = new (class Unknown extends Lazy<never> {})(() => {
  throw CUT
})
