/**
 * Returns a `Vary` header with a field added, as one line: of two lines nginx reads only the last.
 * @param vary the header so far
 */
export function withVary(vary: unknown, field: string): string {
  const line = Array.isArray(vary) ? vary.join(', ') : String(vary ?? '')
  const fields = line.split(',').map((one) => one.trim().toLowerCase())
  if (fields.includes('*') || fields.includes(field.toLowerCase())) return line
  return line.trim() === '' ? field : `${line}, ${field}`
}
