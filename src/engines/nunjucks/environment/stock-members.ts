import { nunjucks } from '../nunjucks.ts'

let known: unknown
let stock = false

/**
 * Says whether nunjucks' own `memberLookup` is in force, so that a member may be read inline. What
 * `installJinjaCompat` puts in its place knows methods of Python's lists and dicts: it is asked
 * about one of each. Any other replacement is not known, and is called.
 */
export function membersAreStock(): boolean {
  const { memberLookup } = nunjucks.runtime
  if (memberLookup !== known) {
    known = memberLookup
    stock =
      memberLookup.name === 'memberLookup' && SOURCE.test(Function.prototype.toString.call(memberLookup))
  }
  return stock
}

/**
 * All that nunjucks' own does: no object, no member; a function is bound; anything else is read.
 */
const SOURCE =
  /^function memberLookup\(obj, val\) \{\s*if \(obj === undefined \|\| obj === null\) \{\s*return undefined;/
