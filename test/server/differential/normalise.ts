import { type ReplyValue, readReply } from '../helpers/read-reply.ts'

const SETS = ['SMEMBERS', 'SINTER', 'SUNION', 'SDIFF', 'HKEYS', 'HVALS', 'KEYS', 'SPOP', 'SRANDMEMBER']
const PAIRS = ['HGETALL', 'HRANDFIELD']
const SCANS = ['SCAN', 'SSCAN']
const SCANS_OF_PAIRS = ['HSCAN', 'ZSCAN']

/**
 * Returns replies that can be compared: their bytes, or where the order of items means nothing, the
 * items in their order.
 *
 * @param queue the requests of a transaction, for the reply to EXEC
 */
export function normalised(request: readonly string[], reply: string, queue: readonly string[][]): string {
  if (request[0] === 'EXEC' && reply.startsWith('*') && !reply.startsWith('*-')) {
    const values = readReply(reply) as ReplyValue[]
    return JSON.stringify(values.map((value, n) => sorted(commandOf(queue[n] ?? []), value)))
  }
  const name = commandOf(request)
  if (name === 'OBJECT' && reply.startsWith('$')) return JSON.stringify(sorted(name, readReply(reply)))
  const isUnordered = [SETS, PAIRS, SCANS, SCANS_OF_PAIRS].some((names) => names.includes(name))
  if (!isUnordered || !'*~%'.includes(reply[0] as string)) return reply
  return `${reply[0]}${JSON.stringify(sorted(name, readReply(reply)))}`
}

/** Name of the command, that of a script's command included. */
function commandOf(request: readonly string[]): string {
  return (request[0] === 'EVAL' ? request[3] : request[0])?.toUpperCase() ?? ''
}

function sorted(name: string, value: ReplyValue): ReplyValue {
  // How a short string is stored depends on what has changed it.
  if (name === 'OBJECT' && (value === 'embstr' || value === 'int')) return 'raw'
  if (!Array.isArray(value)) return value
  if (SETS.includes(name)) return value.toSorted()
  if (PAIRS.includes(name)) return pairsOf(value)
  const [cursor = null, items] = value
  if (SCANS.includes(name) && Array.isArray(items)) return [cursor, items.toSorted()]
  if (SCANS_OF_PAIRS.includes(name) && Array.isArray(items)) return [cursor, pairsOf(items)]
  return value
}

/** Pairs of a flat array, or of an array of pairs. */
function pairsOf(items: readonly ReplyValue[]): ReplyValue {
  if (items.some((item) => Array.isArray(item))) return items.map((item) => JSON.stringify(item)).sort()
  const pairs: string[] = []
  for (let n = 0; n < items.length; n += 2) pairs.push(JSON.stringify(items.slice(n, n + 2)))
  return pairs.sort()
}
