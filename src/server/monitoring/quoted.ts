const ESCAPES: ReadonlyMap<number, string> = new Map([
  [7, '\\a'],
  [8, '\\b'],
  [9, '\\t'],
  [10, '\\n'],
  [13, '\\r'],
  [34, '\\"'],
  [92, '\\\\'],
])

/** Writes bytes in quotes, in ASCII: what cannot be printed as `\x00`. */
export function quoted(text: string): string {
  let out = '"'
  for (let n = 0; n < text.length; n++) {
    const code = text.charCodeAt(n)
    const escaped = ESCAPES.get(code)
    if (escaped !== undefined) out += escaped
    else if (code >= 32 && code < 127) out += text[n]
    else out += `\\x${code.toString(16).padStart(2, '0')}`
  }
  return `${out}"`
}
