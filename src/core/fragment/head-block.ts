import type { Hole } from '../../engines/template-engine.ts'
import { placesIn } from '../../html/head.ts'
import { PageNode, type Part } from './page-node.ts'

/** The content of a `{% head %}`. It goes to the page's head, not to where the tag stands. */
export class HeadNode extends PageNode {
  readonly place = { id: 'head' }
  readonly title = '{% head %}'

  constructor(parts: readonly Part[]) {
    super(() => {
      throw new Error('The content of a {% head %} was run again')
    })
    this.fill(
      parts,
      parts.filter((part) => part instanceof PageNode),
    )
  }

  get hasNocache(): boolean {
    return this.inner.some(({ hasNocache }) => hasNocache)
  }
}

/**
 * Inserts the contents of all `{% head %}` before the end of the page's head, each text once,
 * however many fragments have it. A page that is not HTML stays as it is.
 *
 * @param response what the page is sent to
 */
export function withHead(
  parts: readonly (string | Hole)[],
  nodes: readonly PageNode[],
  response: { readonly contentType: string | undefined } | undefined,
): readonly (string | Hole)[] {
  const added: HeadNode[] = Array.of()
  collect(nodes, added)
  if (added.length === 0) return parts
  return insertedInHead(parts, [...new Set(added.map((head) => head.text))].join(''), response)
}

/** Inserts text before the end of the page's head. A page that is not HTML stays as it is. */
export function insertedInHead(
  parts: readonly (string | Hole)[],
  text: string,
  response: { readonly contentType: string | undefined } | undefined,
): readonly (string | Hole)[] {
  const places = placesIn(textsOf(parts as readonly Part[]), response?.contentType)
  return places ? insertedAt(parts as readonly Part[], places.endOfHead, text) : parts
}

function* textsOf(parts: readonly Part[]): Generator<string> {
  for (const part of parts) yield textOf(part)
}

function insertedAt(parts: readonly Part[], at: number, text: string): (string | Hole)[] {
  const all = parts as readonly (string | Hole)[]
  let begin = 0
  for (const [n, part] of parts.entries()) {
    const known = textOf(part)
    const within = at - begin
    if (within === 0) return all.toSpliced(n, 0, text)
    // The head may end in a fragment: its text takes its place.
    if (within < known.length) return all.toSpliced(n, 1, known.slice(0, within), text, known.slice(within))
    begin += known.length
  }
  return [...all, text]
}

function collect(nodes: readonly PageNode[], into: HeadNode[]): void {
  for (const node of nodes) {
    if (node instanceof HeadNode) into.push(node)
    else if (node.inner.length > 0) collect(node.inner, into)
  }
}

function textOf(part: Part): string {
  return part instanceof PageNode ? part.text : part.toString()
}
