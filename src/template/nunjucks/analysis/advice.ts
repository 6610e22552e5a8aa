import { expressionText } from '../expression-text.ts'
import type { AstNode } from '../nunjucks.ts'
import { ITEM, type Origin, pathOf } from './origins.ts'
import type { UncoveredRead } from './reads.ts'

/** Names of objects that say who the visitor is: their `id` stands for all of them. */
const WHO: ReadonlySet<string> = new Set([
  ...['user', 'currentUser', 'current_user', 'viewer', 'visitor', 'member', 'customer', 'account', 'me'],
])
/** What differs for each request, so that no key can hold it. */
const EACH_REQUEST = /csrf|nonce/i
/** A call all of whose arguments are literals gives the same wherever it is made. */
const LITERAL_CALL = /^\((?:"(?:[^"\\]|\\.)*"|[\d., ])*\)$/

/** Returns what mends a leak, in words; and the cache tag with the part that its key lacks, where a part can mend it. */
export function adviceFor(read: UncoveredRead): { readonly text: string; readonly proposal?: string } {
  const { origin, tag } = read
  const [root = ''] = origin.path
  const names = origin.path.filter((name) => name !== ITEM && !name.startsWith('('))
  const token = names.find((name) => EACH_REQUEST.test(name))
  if (token !== undefined) {
    return { text: `It differs for each request, so print it anew for each: perRequest: ['${names[0]}'].` }
  }
  const part = partFor(read)
  const proposal = part === undefined ? undefined : tagText(tag, part)
  const ways = [
    ...(proposal ? [`put it into the key: ${proposal}`] : []),
    holeFor(read),
    `if it is the same for all visitors, say so: shared: ['${root}']`,
  ]
  return { text: `${capital(ways.join('; or '))}.`, ...(proposal && { proposal }) }
}

/** The part that tells visitors apart by what is read; undefined where none can. */
function partFor({ origin, use }: UncoveredRead): string | undefined {
  const { path } = origin
  const [root = '', ...rest] = path
  if (use === 'listed' || path.includes(ITEM)) return undefined
  const calls = path.filter((name) => name.startsWith('('))
  if (calls.length > 0) {
    // Its result is a part; a function is none.
    const isPlain = calls.length === 1 && LITERAL_CALL.test(path.at(-1) as string)
    return isPlain ? pathOf(origin) : undefined
  }
  if (use === 'tested') return `"yes" if ${pathOf(origin)} else "no"`
  return WHO.has(root) && rest.at(-1) !== 'id' ? `${root}.id` : pathOf(origin)
}

function holeFor({ origin, use }: UncoveredRead): string {
  const where = 'for each request, in a {% nocache %} of its own'
  if (use === 'tested') return `put what depends on it into the page ${where}`
  return isName(origin) && use === 'shown'
    ? `print it for each request: {% nocache %}{{ ${pathOf(origin)} }}{% endnocache %}`
    : `print it ${where}`
}

/** A hole can read it by itself: no loop and no call is needed. */
function isName({ path }: Origin): boolean {
  return !path.some((name) => name === ITEM || name.startsWith('('))
}

/** The tag as it is written, with one part more. */
function tagText(tag: AstNode, part: string): string {
  const written = tag.children.filter(({ typename }) => typename !== 'KeywordArgs').map(expressionText)
  const options = tag.children.filter(({ typename }) => typename === 'KeywordArgs').map(expressionText)
  return `{% cache ${[...written, part, ...options].join(', ')} %}`
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
