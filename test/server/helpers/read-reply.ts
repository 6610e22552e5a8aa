/** A reply as a value. Errors, simple strings and doubles keep their first character. */
export type ReplyValue = string | number | null | ReplyValue[]

/** Reads a complete reply of RESP2 or RESP3. Maps are flat arrays. */
export function readReply(bytes: string): ReplyValue {
  let at = 0
  const read = (): ReplyValue => {
    const end = bytes.indexOf('\r\n', at)
    const type = bytes[at] as string
    const line = bytes.slice(at + 1, end)
    const count = Number(line)
    at = end + 2
    if (type === ':') return count
    if (type === '_' || count < 0) return null
    if (type === '$') {
      at += count + 2
      return bytes.slice(end + 2, end + 2 + count)
    }
    if ('*~>'.includes(type)) return Array.from({ length: count }, read)
    if (type === '%') return Array.from({ length: 2 * count }, read)
    return `${type}${line}`
  }
  return read()
}
