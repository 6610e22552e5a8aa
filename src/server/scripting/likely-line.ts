const RETURNED_CALL = /\breturn\s+[\w.]*call\s*\(/

/**
 * Returns the line of a script that called a command in the place of its result, `return
 * redis.call(...)`: Lua forgets the line of such a call. It is the last of these lines, so that it
 * can be another one if there are several; in a library the first one after the function's name.
 *
 * @param fn name of the function of a library
 */
export function likelyLine(text: string, fn?: string): number {
  const lines = text.split('\n')
  const isCall = (line: string) => RETURNED_CALL.test(line)
  if (fn === undefined) return lines.findLastIndex(isCall) + 1 || 1
  const named = new RegExp(`\\b${fn}\\b`)
  const begin = Math.max(
    0,
    lines.findIndex((line) => named.test(line)),
  )
  return begin + lines.slice(begin).findIndex(isCall) + 1 || 1
}
