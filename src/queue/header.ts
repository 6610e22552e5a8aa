/**
 * Options in the header of a task that differ from those of its definition. Scripts read `p`, `u`,
 * `o`, and write `c` and `l`.
 */
export interface HeaderOptions {
  /** Number of its stream, if that is not the one of normal priority. */
  p?: number
  /** Attempts that have failed. */
  n?: number
  /** Workers that died while they ran it. */
  c?: number
  /** Workers that died while they had fetched it. */
  l?: number
  /** Most retries. */
  r?: number
  /** Timeout of an attempt, in ms. */
  t?: number
  /** Unique key that it gives up at its end. */
  u?: string
  /** Order key. */
  o?: string
}

/** The decoded header of a task. */
export type Header = readonly [id: string, name: string, options?: HeaderOptions]

/** Encodes a header. Names and ids have no characters that JSON escapes. */
export function encodeHeader(id: string, name: string, options: HeaderOptions | undefined): string {
  if (options === undefined) return `["${id}","${name}"]`
  return JSON.stringify([id, name, options])
}

/** Returns undefined for what is not a header. */
export function decodeHeader(text: string): Header | undefined {
  let header: unknown
  try {
    header = JSON.parse(text)
  } catch {
    return undefined
  }
  if (!Array.isArray(header) || typeof header[0] !== 'string' || typeof header[1] !== 'string')
    return undefined
  const options: unknown = header[2]
  if (options !== undefined && (typeof options !== 'object' || options === null)) return undefined
  return header as unknown as Header
}

/** Returns the client that added a task: ids are `client-number`. */
export function clientOf(id: string): string {
  const dash = id.lastIndexOf('-')
  return dash === -1 ? id : id.slice(0, dash)
}
