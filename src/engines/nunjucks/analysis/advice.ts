import { wordsOf } from '../../data-policy.ts'
import { ITEM, POSITION, pathOf } from './origins.ts'
import type { UncoveredRead } from './reads.ts'
import { cacheTagText, type Syntax } from './tag-text.ts'

/** Names of objects that identify the visitor: their `id` stands for all of them. */
const WHO: ReadonlySet<string> = new Set([
  ...['user', 'current user', 'viewer', 'visitor', 'member', 'customer', 'account', 'me'],
])
/** Names of values that differ for each request, so that no key can hold them. */
const EACH_REQUEST = /csrf|nonce/i
/** Matches a call whose arguments are all literals: it returns the same wherever it is made. */
const LITERAL_CALL = /^\((?:"(?:[^"\\]|\\.)*"|[\d., ])*\)$/

/**
 * Returns the advice for a leak, and the cache tag with the part that its key lacks, where a part
 * can fix it.
 */
export function adviceFor(
  read: UncoveredRead,
  syntax: Syntax,
): { readonly text: string; readonly proposal?: string } {
  const { origin, tag, use } = read
  const [root = ''] = origin.path
  const names = origin.path.filter((name) => name !== ITEM && !name.startsWith('('))
  if (use !== 'tested' && names.some((name) => EACH_REQUEST.test(name))) {
    return { text: `It differs for each request, so print it for each request: perRequest: ['${names[0]}'].` }
  }
  const part = partFor(read)
  const proposal = part === undefined ? undefined : cacheTagText(tag, { part }, syntax)
  const ways = [
    ...(proposal ? [`put it into the key: ${proposal}`] : []),
    holeFor(read, syntax),
    `if it is the same for all visitors, say so: safety: { shared: ['${root}'] }`,
  ]
  return { text: `${capital(ways.join('; or '))}.`, ...(proposal && { proposal }) }
}

/** Returns the key part that distinguishes visitors by the value; undefined where none can. */
function partFor({ origin, written, use }: UncoveredRead): string | undefined {
  if (written === undefined || use === 'listed') return undefined
  const { base, rest } = written
  const text = pathOf({ path: [base, ...rest] })
  const calls = rest.filter((name) => name.startsWith('('))
  // The result of a call can be a part, if the call gives the same everywhere. A function cannot.
  if (calls.length > 1 || (calls[0] !== undefined && calls[0] !== rest.at(-1))) return undefined
  if (calls[0] !== undefined && !LITERAL_CALL.test(calls[0])) return undefined
  if (use === 'tested') return `"yes" if ${text} else "no"`
  const isWho = origin.path.length - rest.length === 1 && WHO.has(wordsOf(origin.path[0] as string))
  return isWho && calls.length === 0 && rest.at(-1) !== 'id' ? `${base}.id` : text
}

function holeFor({ origin, use }: UncoveredRead, syntax: Syntax): string {
  const hole = syntax.tag('nocache')
  const where = `for each request, in a ${hole} of its own`
  if (use === 'tested') return `put what depends on it into the page ${where}`
  // A nocache tag can read it by itself: no loop and no call is needed.
  const isName = !origin.path.some((name) => name === ITEM || name === POSITION || name.startsWith('('))
  if (!isName || use !== 'shown') return `print it ${where}`
  return `print it for each request: ${hole}${syntax.value(pathOf(origin))}${syntax.tag('endnocache')}`
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
