import { PURE_FILTERS } from '../environment/stock-code.ts'
import { nunjucks } from '../nunjucks.ts'

const { SafeString } = nunjucks.runtime

type Filter = (...args: unknown[]) => unknown

/**
 * Filters that give what nunjucks' own of the same name give, in less time. Compiled code calls
 * them in place of those.
 *
 * `trim` is done by V8, which removes the same characters: the time of nunjucks' regular expression
 * grows with the square of the white space inside of a text.
 */
export const FAST_FILTERS = {
  trim(text: unknown): unknown {
    if (typeof text === 'string') return text.trim()
    if (text instanceof SafeString) return new SafeString(text.toString().trim())
    return (PURE_FILTERS.trim as Filter)(text)
  },
} as const satisfies Record<string, Filter>
