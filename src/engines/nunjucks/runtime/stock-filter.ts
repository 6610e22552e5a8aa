import { type Context, nunjucks } from '../nunjucks.ts'

const { SafeString } = nunjucks.runtime

/**
 * Calls a filter that is nunjucks' own of this name. `trim` is done by V8, which removes the same
 * characters: the time of nunjucks' regular expression grows with the square of the white space
 * inside of a text.
 */
export function callStock(
  filter: (...args: unknown[]) => unknown,
  name: string,
  context: Context,
  args: unknown[],
): unknown {
  if (name === 'trim') {
    const [text] = args
    if (typeof text === 'string') return text.trim()
    if (text instanceof SafeString) return new SafeString(text.toString().trim())
  }
  return filter.apply(context, args)
}
