/** Entries of one stream: ids and fields, which are names and values in turn. */
export interface StreamEntries {
  readonly key: string
  readonly entries: readonly (readonly [id: Buffer, fields: readonly Buffer[] | null])[]
}

/**
 * Reads the reply of XREAD and XREADGROUP: pairs of a key and entries with RESP2, a map with RESP3,
 * of which ioredis makes a flat array.
 */
export function readStreams(reply: unknown): StreamEntries[] {
  if (!Array.isArray(reply)) return []
  const flat: unknown[] = Array.isArray(reply[0]) ? reply.flat(1) : reply
  const streams: StreamEntries[] = []
  for (let n = 0; n + 1 < flat.length; n += 2) {
    const entries = flat[n + 1]
    if (Array.isArray(entries)) streams.push({ key: String(flat[n]), entries })
  }
  return streams
}
