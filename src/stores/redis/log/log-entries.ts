/** An entry of the log. */
export interface LogEntry {
  readonly id: string
  /** Number of the entry; undefined for one that was not written by this package. */
  readonly n: number | undefined
  /** Keys that were written, without the `keyPrefix`; undefined: any key may have been written. */
  readonly names: readonly string[] | undefined
}

/** How keys were written, where an entry does not name them. */
export const JOINED = 'joined'
export const CLEARED = 'cleared'

/** Thrown for a reply that is not of the expected form: other replies may be damaged, too. */
export class DamagedReply extends Error {
  constructor() {
    super('its reply is damaged')
  }
}

const ID = /^\d+-\d+$/

/**
 * Reads the entries that XRANGE returns.
 *
 * @throws DamagedReply
 */
export function readEntries(reply: unknown): LogEntry[] {
  if (!Array.isArray(reply)) throw new DamagedReply()
  return reply.map((entry: unknown) => {
    const [id, fields] = Array.isArray(entry) ? entry : []
    if (typeof id !== 'string' || !ID.test(id) || !Array.isArray(fields)) throw new DamagedReply()
    const [first, n, how, names, ...more] = fields as unknown[]
    const number = Number(n)
    const isOurs = first === 'n' && Number.isSafeInteger(number) && more.length === 0
    return isOurs ? { id, n: number, names: readNames(how, names) } : { id, n: undefined, names: undefined }
  })
}

/**
 * Reads the entries of one stream that XREAD returns.
 *
 * @throws DamagedReply
 */
export function readStreams(reply: unknown): LogEntry[] {
  const [stream, ...more] = Array.isArray(reply) ? (reply as unknown[]) : []
  if (!Array.isArray(stream) || stream.length !== 2 || more.length > 0) throw new DamagedReply()
  return readEntries(stream[1])
}

/**
 * Reads the id and the number that a script returns of an entry that it appended.
 *
 * @throws DamagedReply
 */
export function readAppended(reply: unknown): { readonly id: string; readonly n: number } {
  const [id, n] = Array.isArray(reply) ? (reply as unknown[]) : []
  const number = Number(n)
  if (typeof id !== 'string' || !ID.test(id) || !Number.isSafeInteger(number)) throw new DamagedReply()
  return { id, n: number }
}

function readNames(how: unknown, json: unknown): readonly string[] | undefined {
  if (how === CLEARED) return undefined
  if (how === JOINED) return []
  try {
    const names: unknown = JSON.parse(String(json))
    return Array.isArray(names) && names.every((name) => typeof name === 'string') ? names : undefined
  } catch {
    return undefined
  }
}
