const RETURNED_CALL = /\breturn\s+[\w.]*call\s*\(/

/**
 * Returns the line of a script that called a command in the place of its result, `return
 * redis.call(...)`: Lua forgets the line of such a call. It is the last of these lines, so that it
 * can be another one if there are several.
 */
export function likelyLine(text: string): number {
  const lines = text.split('\n')
  return lines.findLastIndex((line) => RETURNED_CALL.test(line)) + 1 || 1
}
